"use strict";
// What a caller may do: the evaluation of the runtime, with one value more. A caller here is
//
//   { kind, scopes, roles, scopesKnown, rolesKnown, claims }
//
// or null for nobody. `kind` is the kind of credential, or null for any of them. `scopes` and
// `roles` are sets; what is not in them is lacking, unless they are not known. `claims` says for a
// rule's claim (by `claimKey`) "has", "other" (another value of the same type) or "missing"; for
// those it does not name the answer depends on them, as it does on checks and on the log-in. What is
// unguarded may let in whom it likes.
//
// Answers are { truth: "yes" | "no" | "depends", on: [..] }. Tried against the runtime's own
// evaluation on random rules and callers.
const evaluation = (() => {
  const YES = { truth: "yes", on: [] };
  const NO = { truth: "no", on: [] };
  const truth = (holds) => (holds ? YES : NO);
  const depends = (on) => ({ truth: "depends", on: [on] });

  // Not known is false in both polarities, which is why `not` is handed down as `expected`.
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

  // `any`: one of the parts is enough. An empty group is false in both polarities.
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

  // All the rules of a route have to hold. `auth` is its entry in the map, if it has one: who has
  // a kind of credential that it does not know has not shown who they are.
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

  // Scopes and what they imply.
  function closed(scopes, auth) {
    const all = new Set(scopes);
    for (const scope of auth ? auth.scopes : []) {
      if (scopes.has(scope.name)) scope.implies.forEach((implied) => all.add(implied));
    }
    return all;
  }

  // The scopes that imply this one.
  function implying(name, auth) {
    const scopes = auth ? auth.scopes : [];
    return scopes.filter((scope) => scope.implies.includes(name)).map((scope) => scope.name);
  }

  function claimKey(node) {
    return JSON.stringify([node.name, node.value]);
  }

  // RFC 9110 section 11.1.
  function sameKind(one, other) {
    return one.toLowerCase() === other.toLowerCase();
  }

  return { requirement, rule, route, closed, implying, claimKey, sameKind };
})();
