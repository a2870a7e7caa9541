// The official client, unmodified: a line of stdin is a call as JSON, a line of stdout is what came of it.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, url] = process.argv.slice(2);
const { SMSAPI } = createRequire(`${modules}/package.json`)("smsapi");

const withDates = (_, value) => (typeof value?.$date === "string" ? new Date(value.$date) : value);

for await (const line of createInterface({ input: process.stdin })) {
  const { token, call, given } = JSON.parse(line, withDates);
  console.log(JSON.stringify(await outcome(new SMSAPI(token, url), call.split("."), given)));
}

async function outcome(client, names, given) {
  const method = names.pop();
  const owner = names.reduce((from, name) => from[name], client);
  try {
    return { value: (await owner[method](...given)) ?? null };
  } catch (error) {
    const { name, message, status, responseBody, data } = error;
    return { error: { name, message, status, body: responseBody, data } };
  }
}
