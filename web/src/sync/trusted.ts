// Owns the one policy by which this page names scripts to be run as workers: its own build's, and no others.

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const RULES = {
  createScriptURL(url: string): string {
    const { origin, pathname } = new URL(url, location.href);
    if (origin === location.origin && /^\/(assets\/|sw\.js$|src\/|node_modules\/)/.test(pathname)) return url;
    throw new TypeError("not a script of this page");
  },
};

const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const policy = policies?.createPolicy("parlour-workers", RULES) ?? RULES;

export function trusted(url: string): string {
  return policy.createScriptURL(url);
}
