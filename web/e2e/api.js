// Owns the REST calls that prepare a scene: with the cookie of the person's own browser.

export async function api(context, url, method, path, body) {
  const cookies = await context.cookies(url);
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
      ...(body ? { "content-type": "application/json", origin: url } : { origin: url }),
    },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
