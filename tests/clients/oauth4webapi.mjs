// oauth4webapi, unmodified: discovery, a token, what it stands for, its use, and its end. Says what it saw as JSON.
import { pathToFileURL } from "node:url";

const [modules, url, clientId, clientSecret, method] = process.argv.slice(2);
const oauth = await import(pathToFileURL(`${modules}/node_modules/oauth4webapi/build/index.js`));

const local = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(url);
const client = { client_id: clientId };
const proof = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }[method](clientSecret);

const found = await oauth.discoveryRequest(issuer, { ...local, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, found);

const asked = await oauth.clientCredentialsGrantRequest(server, client, proof, { scope: "tokens" }, local);
const granted = await oauth.processClientCredentialsResponse(server, client, asked);

const introspected = await introspect();
const used = await oauth.protectedResourceRequest(
  granted.access_token, "GET", new URL("/tokens", url), undefined, undefined, local);
const revoked = await oauth.revocationRequest(server, client, proof, granted.access_token, local);
await oauth.processRevocationResponse(revoked);

let refusal;
try {
  const refused = await oauth.clientCredentialsGrantRequest(server, client, oauth.ClientSecretBasic("wrong"), {}, local);
  await oauth.processClientCredentialsResponse(server, client, refused);
} catch (error) {
  refusal = error.cause?.[0]?.scheme ?? error.error;
}

console.log(JSON.stringify({ server, granted, introspected, used: used.status, after: await introspect(), refusal }));

async function introspect() {
  const answer = await oauth.introspectionRequest(server, client, proof, granted.access_token, local);
  return oauth.processIntrospectionResponse(server, client, answer);
}
