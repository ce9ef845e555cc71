"use strict";
// What a caller may do: the same evaluation as in the runtime, with the additional result
// "depends". A caller is
//
//   { kind, scopes, roles, scopesKnown, rolesKnown, claims }
//
// or null if anonymous. `kind` is the kind of credential, or null for any kind. `scopes` and `roles`
// are sets; `scopesKnown` and `rolesKnown` are false if the credential carries none. `claims` maps
// claims of rules (by `claimKey`) to "has", "other" (another value of the same type) or "missing".
// The answer depends on claims that are not in it, on checks, and on the login. What an unguarded
// route does is not known.
//
// Answers are { truth: "yes" | "no" | "depends", on: [..] }. A test compares them with the
// evaluation of the runtime, for random rules and callers.
const evaluation = (() => {
  const YES = { truth: "yes", on: [] };
  const NO = { truth: "no", on: [] };
  const truth = (holds) => (holds ? YES : NO);
  const depends = (on) => ({ truth: "depends", on: [on] });

  // Unknown data is false with and without `not`, which is why `not` is passed down as `expected`.
  function requirement(node, caller, expected = true) {
    switch (node.type) {
      case "authenticated":
        return truth(expected);
      case "scope":
        return held(caller.scopes, caller.scopesKnown, node.name, expected);
      case "role":
        return held(caller.roles, caller.rolesKnown, node.name, expected);
      case "claim": {
        const known = caller.claims[claimKey(node)];
        return known === undefined ? depends(node) : truth(known === (expected ? "has" : "other"));
      }
      case "any":
        return group(node.of, caller, expected, expected);
      case "all":
        return group(node.of, caller, !expected, expected);
      case "not":
        return requirement(node.requirement, caller, !expected);
      case "policy":
        return requirement(node.requirement, caller, expected);
      case "check":
        return expected ? depends(node) : NO;
      default:
        return NO;
    }
  }

  function held(names, known, name, expected) {
    const has = names.has(name);
    return truth(expected ? has : known && !has);
  }

  // If `any`, one of the parts is enough. An empty group is false with and without `not`.
  function group(parts, caller, any, expected) {
    const answers = parts.map((part) => requirement(part, caller, expected));
    const deciding = any ? "yes" : "no";
    if (answers.length === 0) return NO;
    if (answers.some((answer) => answer.truth === deciding)) return any ? YES : NO;
    const open = answers.flatMap((answer) => answer.on);
    return open.length > 0 ? { truth: "depends", on: open } : truth(!any);
  }

  function rule(rule, caller) {
    if (rule.access !== "required") return YES;
    if (caller === null) return NO;
    const accepts = rule.schemes.length === 0 || caller.kind === null;
    if (!accepts && !rule.schemes.some((scheme) => sameKind(scheme, caller.kind))) return NO;
    const answers = [requirement(rule.requirement, caller)];
    if (rule.acr.length > 0) answers.push(depends({ type: "acr", values: rule.acr }));
    if (rule.max_age !== null) answers.push(depends({ type: "max_age", seconds: rule.max_age }));
    return both(answers);
  }

  // All the rules of a route have to hold. `auth` is its entry in the map, if it has one: a caller
  // with a kind of credential that it does not accept is anonymous.
  function route(route, caller, auth) {
    if (caller !== null) {
      const knows = !auth || caller.kind === null || auth.kinds.some((kind) => sameKind(kind, caller.kind));
      caller = knows ? { ...caller, scopes: closed(caller.scopes, auth) } : null;
    }
    const own = route.unguarded ? [depends({ type: "unguarded" })] : [];
    return both([...route.rules.map((one) => rule(one, caller)), ...own]);
  }

  function both(answers) {
    if (answers.some((answer) => answer.truth === "no")) return NO;
    const on = answers.flatMap((answer) => answer.on);
    return on.length > 0 ? { truth: "depends", on } : YES;
  }

  // Scopes and the scopes that they imply.
  function closed(scopes, auth) {
    const all = new Set(scopes);
    for (const scope of auth ? auth.scopes : []) {
      if (scopes.has(scope.name)) scope.implies.forEach((implied) => all.add(implied));
    }
    return all;
  }

  // The scopes that imply `name`.
  function implying(name, auth) {
    const scopes = auth ? auth.scopes : [];
    return scopes.filter((scope) => scope.implies.includes(name)).map((scope) => scope.name);
  }

  function claimKey(node) {
    return JSON.stringify([node.name, node.value]);
  }

  // RFC 9110 section 11.1: schemes are case-insensitive.
  function sameKind(one, other) {
    return one.toLowerCase() === other.toLowerCase();
  }

  return { requirement, rule, route, closed, implying, claimKey, sameKind };
})();
