// Owns the few requests that need no connection: who am I, register, sign in, sign out.
import type { Failure, User } from "../contract/wire";
import { deviceName } from "./device";
import { Refusal } from "./refusal";

export interface Registration {
  username: string;
  password: string;
  display_name?: string;
  time_zone?: string;
  invitation?: string;
}

/** The account of the session cookie; `undefined` without one. */
export async function whoAmI(): Promise<User | undefined> {
  try {
    return await request<User>("GET", "/profile");
  } catch (error) {
    if (error instanceof Refusal && error.code === "auth.required") return undefined;
    throw error;
  }
}

/** The answer's token is not read: the cookie alone carries the session. */
export async function register(registration: Registration): Promise<User> {
  return (await request<{ user: User }>("POST", "/accounts", { ...registration, label: label() })).user;
}

export async function signIn(username: string, password: string): Promise<User> {
  return (await request<{ user: User }>("POST", "/sessions", { username, password, label: label() })).user;
}

export async function signOut(): Promise<void> {
  await request("DELETE", "/sessions/current");
}

function label(): string | undefined {
  return deviceName(navigator.userAgent) || undefined;
}

async function request<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const response = await reach(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    headers: body ? { "content-type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
    signal: AbortSignal.timeout(20_000),
  });
  const value: unknown = await response.json().catch(() => ({}));
  if (response.ok) return value as Answer;
  throw new Refusal(failureOf(response, value));
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Refusal({ code: "offline", message: "" });
  }
}

/** Problem details (RFC 9457); a proxy's own answer has none. */
function failureOf(response: Response, value: unknown): Failure {
  const problem = value as Partial<Failure> & { detail?: string; title?: string };
  if (typeof problem.code !== "string") {
    return { code: response.status >= 502 && response.status <= 504 ? "unavailable" : "internal", message: response.statusText };
  }
  return { ...problem, code: problem.code, message: problem.message ?? problem.detail ?? problem.title ?? "" };
}
