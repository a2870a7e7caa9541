// How a stranger uses the types that openapi-typescript made: checked by tsc, never run.
import createClient from "openapi-fetch";
import type { components, paths } from "./contract";

const client = createClient<paths>({ baseUrl: "https://api.furtka.example" });

/** The token of a session, or the id of a challenge. */
export async function signedIn(login: string, password: string): Promise<string> {
  const { data, error } = await client.POST("/login", { body: { login, password, transport: "bearer" } });
  if (error) throw new Error(`${error.error}: ${error.message}`);
  if ("challenge" in data) return data.challenge.id;
  return "token" in data.session ? data.session.token : data.session.user_id;
}

export async function names(): Promise<string[]> {
  const { data } = await client.GET("/tokens");
  return (data?.collection ?? []).map((one: components["schemas"]["TokenResponse"]) => one.name);
}

export async function sendCode(phone_number: string): Promise<string | undefined> {
  const { data } = await client.POST("/mfa/codes", {
    params: { header: { "Idempotency-Key": "order-1" } },
    body: { phone_number, fast: true },
  });
  return data?.id;
}

// @ts-expect-error there is no such route
client.GET("/nothing-here");

// @ts-expect-error a login without a password
client.POST("/login", { body: { login: "ann", transport: "bearer" } });
