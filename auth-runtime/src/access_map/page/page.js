
"use strict";
// Search, filters and explanations. Texts of the map are only ever inserted as text nodes, never
// parsed as HTML.
(() => {
  const map = JSON.parse(document.getElementById("data").textContent);
  const auths = new Map(map.auths.map((auth) => [auth.name, auth]));
  const table = document.getElementById("map");
  const elements = [...table.tBodies[0].rows];
  const columns = table.tHead.rows[0].cells.length + 1;

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key in element && typeof value !== "string") element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  const code = (text) => make("code", {}, text);
  const sorted = (texts) => [...new Set(texts)].sort();

  // -- The routes, with the data for search and filters -------------------------------------------

  function leaves(node) {
    if (node.of) return node.of.flatMap(leaves);
    return node.requirement ? [node, ...leaves(node.requirement)] : [node];
  }

  const rows = map.routes.map((route, index) => {
    const nodes = route.rules.flatMap((rule) => leaves(rule.requirement));
    const named = (type) => new Set(nodes.filter((node) => node.type === type).map((node) => node.name));
    const auth = auths.get(route.auth);
    const required = route.rules.filter((rule) => rule.access === "required");
    const kinds = (auth ? auth.kinds : allKinds()).filter((kind) =>
      required.every((rule) => rule.schemes.length === 0 || rule.schemes.some((one) => evaluation.sameKind(one, kind))));
    return {
      route, auth, nodes, kinds,
      key: `${route.method} ${route.path}`,
      scopes: named("scope"),
      roles: named("role"),
      text: [route.method, route.path, route.handler, route.text, route.auth ?? "", ...route.rules.map((rule) => rule.name)].join(" ").toLowerCase(),
      element: elements[index],
      answer: make("td", { class: "answer" }),
      button: null,
      who: null,
    };
  });

  function allKinds() {
    return sorted([
      ...map.auths.flatMap((auth) => auth.kinds),
      ...map.routes.flatMap((route) => route.rules.flatMap((rule) => rule.schemes)),
    ]);
  }

  const vocabulary = sorted([
    ...map.auths.flatMap((auth) => auth.scopes.map((scope) => scope.name)),
    ...rows.flatMap((row) => [...row.scopes]),
  ]);
  const roles = sorted(rows.flatMap((row) => [...row.roles]));
  const claims = new Map(rows.flatMap((row) => row.nodes)
    .filter((node) => node.type === "claim").map((node) => [evaluation.claimKey(node), node]));

  // -- The controls -------------------------------------------------------------------------------

  const ACCESS = { required: "authenticated", optional: "optional", anonymous: "anonymous", unguarded: "unguarded" };

  const search = make("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "path, handler, scope, reason …" });

  function choice(all, options) {
    return make("select", {}, make("option", { value: "" }, all), ...options.map(([value, text]) => make("option", { value }, text)));
  }

  const same = (values) => values.map((value) => [value, value]);
  const filters = {
    scope: choice("all scopes", same(vocabulary)),
    role: choice("all roles", same(roles)),
    kind: choice("all kinds", same(allKinds())),
    auth: choice("all", same(map.auths.map((auth) => auth.name))),
    access: choice("all", Object.entries(ACCESS)),
  };
  const FILTER_NAMES = { scope: "requires scope", role: "requires role", kind: "accepts kind", auth: "Auth", access: "access" };

  // Label and control are siblings: inside the label, the options would be part of the control's name.
  function labelled(name, control) {
    labelled.count = (labelled.count ?? 0) + 1;
    control.id = `control-${labelled.count}`;
    return make("label", { for: control.id }, name);
  }

  function field(name, control, kind = "") {
    return make("div", { class: `field ${kind}` }, labelled(name, control), control);
  }

  function tick(text, type = "checkbox", name = "") {
    const input = make("input", name ? { type, name } : { type });
    const note = make("span", { class: "implied" });
    return { input, note, label: make("label", { class: "tick" }, input, text, note) };
  }

  function fieldset(title, ...content) {
    return make("fieldset", {}, make("legend", {}, title), ...content);
  }

  const kinds = new Map([["", tick("any kind", "radio", "kind")], ["nobody", tick("none (anonymous)", "radio", "kind")],
    ...allKinds().map((kind) => [`=${kind}`, tick(kind, "radio", "kind")])]);
  kinds.get("").input.checked = true;
  const scopeTicks = new Map(vocabulary.map((scope) => [scope, tick(code(scope))]));
  const roleTicks = new Map(roles.map((role) => [role, tick(code(role))]));
  const unknown = {
    scopes: tick("the credential carries no scopes"),
    roles: tick("the credential carries no roles"),
  };
  const claimChoices = new Map([...claims].map(([key, node]) => {
    const control = choice("not specified", [["has", "as required"], ["other", "another value"], ["missing", "missing"]]);
    const name = labelled(code(`${node.name} = ${JSON.stringify(node.value)}`), control);
    return [key, { control, line: make("div", { class: "claim" }, name, control) }];
  }));

  const labels = (ticks) => make("div", { class: "ticks" }, ...[...ticks.values()].map((one) => one.label));
  const ask = make("details", { class: "ask" },
    make("summary", {}, "What may a caller do? ", make("span", {}, "Describe the caller to see the answer of each route.")),
    make("div", { class: "questions" },
      fieldset("Credential", labels(kinds)),
      ...(vocabulary.length > 0 ? [fieldset("Scopes", labels(scopeTicks))] : []),
      ...(roles.length > 0 ? [fieldset("Roles", labels(roleTicks))] : []),
      ...(claims.size > 0 ? [fieldset("Claims", ...[...claimChoices.values()].map((one) => one.line))] : []),
      fieldset("Unknown", labels(new Map(Object.entries(unknown))),
        make("p", { class: "hint" }, "A rule with not(..) denies callers whose credential does not carry the data."))));

  const status = make("p", { class: "status", role: "status", "aria-live": "polite" });
  const answers = choice("all answers", [["yes", "yes"], ["depends", "depends"], ["no", "no"], ["passes", "no, but let through"]]);
  const only = field("answer", answers);
  const reset = make("button", { type: "button" }, "Reset");
  const controls = document.getElementById("controls");
  controls.append(
    make("div", { class: "panel filters" }, field("search", search, "search"),
      ...Object.entries(filters).map(([name, control]) => field(FILTER_NAMES[name], control))),
    ask, make("div", { class: "status" }, status, make("span", { class: "grow" }), only, reset));
  controls.hidden = false;

  // -- Who may call this? -------------------------------------------------------------------------

  const list = (items) => make("ul", {}, ...items);
  const line = (...content) => make("li", {}, ...content);

  function implied(name, auth) {
    const by = evaluation.implying(name, auth);
    return by.length > 0 ? [make("span", { class: "aside" }, ` (or ${by.join(" or ")}, which implies it)`)] : [];
  }

  // One part of a rule in words. `holds` is false inside an odd number of `not`.
  function explain(node, auth, holds = true) {
    const part = (child) => explain(child, auth, holds);
    const parts = (any, of) => of.length === 0
      ? line("never: the group is empty")
      : line(any ? "one of these:" : "all of these:", list(of.map(part)));
    switch (node.type) {
      case "authenticated":
        return line(holds ? "any authenticated caller" : "never");
      case "scope":
        return holds
          ? line("the scope ", code(node.name), ...implied(node.name, auth))
          : line("known scopes without ", code(node.name), ...implied(node.name, auth));
      case "role":
        return holds ? line("the role ", code(node.name)) : line("known roles without ", code(node.name));
      case "claim":
        return line("the claim ", code(node.name), holds ? " with the value " : " with a value other than ", code(JSON.stringify(node.value)));
      case "any":
        return parts(holds, node.of);
      case "all":
        return parts(!holds, node.of);
      case "not":
        return explain(node.requirement, auth, !holds);
      case "policy":
        return line(holds ? "the policy " : "not the policy ", code(node.name), ":", list([part(node.requirement)]));
      case "check":
        return line("decided by code: ", make("b", {}, node.description === null ? `check ${node.number}, which has no description` : `“${node.description}”`));
      default:
        return line(`unknown requirement: ${node.type}`);
    }
  }

  function age(seconds) {
    const [unit, name] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([unit]) => seconds % unit === 0);
    const count = seconds / unit;
    return `${count} ${name}${count === 1 ? "" : "s"}`;
  }

  function explainRule(rule, auth) {
    if (rule.access === "anonymous") return [line("everyone; credentials are ignored")];
    const items = rule.access === "optional"
      ? [line("everyone; an invalid credential is refused")]
      : [explain(rule.requirement, auth)];
    if (rule.schemes.length > 0) items.push(line("a credential of the kind ", code(rule.schemes.join(" or "))));
    if (rule.acr.length > 0) items.push(line("a login of the class ", code(rule.acr.join(" or ")), " (otherwise the caller is asked to log in again)"));
    if (rule.max_age !== null) items.push(line(`a login at most ${age(rule.max_age)} ago`));
    if (rule.hide === "forbidden") items.push(line("hidden from callers that are denied: 404 instead of 403"));
    if (rule.hide === "always") items.push(line("hidden from everyone else: 404 instead of 401 and 403"));
    return items;
  }

  function explainRoute({ route, auth, kinds }) {
    const box = make("td", { colspan: String(columns) }, make("h3", {}, "Who may call this?"));
    if (auth && auth.report_only) {
      box.append(make("p", { class: "loud" }, "Everyone: this Auth is in report-only mode. After that:"));
    }
    if (route.reason !== null) box.append(make("p", {}, make("b", {}, `Reason: `), route.reason));
    if (route.unguarded) box.append(make("p", {}, "It declares no rule. It may check requests itself, which this map can't show."));
    for (const rule of route.rules) {
      if (route.rules.length > 1) box.append(make("p", {}, "By ", code(rule.name), ":"));
      box.append(list(explainRule(rule, auth)));
    }
    if (route.access === "required") {
      box.append(make("p", { class: "aside" }, kinds.length > 0
        ? `With ${kinds.join(" or ")}${auth ? `, verified by the Auth “${auth.name}”` : ""}.`
        : "No configured kind of credential is accepted."));
    }
    if (route.place === "other_methods") box.append(make("p", { class: "aside" }, "For all methods of this path without their own row."));
    if (route.place === "method_not_allowed") box.append(make("p", { class: "aside" }, "For methods that are not allowed on this path or a path below it."));
    if (route.place === "fallback") box.append(make("p", { class: "aside" }, "For all paths below this one without a row."));
    return make("tr", { class: "who" }, box);
  }

  function toggle(row, open = !row.who) {
    if (open === Boolean(row.who)) return;
    row.button.setAttribute("aria-expanded", String(open));
    row.element.classList.toggle("open", open);
    if (open) {
      row.who = explainRoute(row);
      row.element.after(row.who);
    } else {
      row.who.remove();
      row.who = null;
    }
  }

  for (const row of rows) {
    const path = row.element.cells[1];
    row.button = make("button", { type: "button", "aria-expanded": "false", title: "Who may call this?" }, ...path.childNodes);
    path.append(row.button);
    row.button.addEventListener("click", () => { toggle(row); remember(); });
    row.element.append(row.answer);
  }
  const answerTitle = make("th", { scope: "col" }, "Answer");
  table.tHead.rows[0].append(answerTitle);

  // -- The state in the address -------------------------------------------------------------------

  const ticked = (ticks) => [...ticks].filter(([, one]) => one.input.checked).map(([name]) => name);

  function caller() {
    const kind = ticked(kinds)[0] ?? "";
    if (kind === "nobody") return null;
    return {
      kind: kind === "" ? null : kind.slice(1),
      scopes: new Set(unknown.scopes.input.checked ? [] : ticked(scopeTicks)),
      roles: new Set(unknown.roles.input.checked ? [] : ticked(roleTicks)),
      scopesKnown: !unknown.scopes.input.checked,
      rolesKnown: !unknown.roles.input.checked,
      claims: Object.fromEntries([...claimChoices].filter(([, one]) => one.control.value).map(([key, one]) => [key, one.control.value])),
    };
  }

  function remember() {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    for (const [name, control] of Object.entries(filters)) if (control.value) state.set(name, control.value);
    for (const row of rows) if (row.who) state.append("open", row.key);
    if (ask.open) {
      state.set("as", ticked(kinds)[0] ?? "");
      ticked(scopeTicks).forEach((scope) => state.append("has", scope));
      ticked(roleTicks).forEach((role) => state.append("is", role));
      for (const [name, one] of Object.entries(unknown)) if (one.input.checked) state.append("unknown", name);
      for (const [key, one] of claimChoices) if (one.control.value) state.append("claim", `${one.control.value}${key}`);
      if (answers.value) state.set("answer", answers.value);
    }
    address(state.toString());
  }

  function address(hash) {
    if (hash === location.hash.slice(1)) return;
    try {
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    } catch {
      // Some pages, such as those in a frame without an address, can't change their address.
    }
  }

  function recall(hash = location.hash.slice(1)) {
    const state = new URLSearchParams(hash);
    search.value = state.get("q") ?? "";
    for (const [name, control] of Object.entries(filters)) choose(control, state.get(name));
    ask.open = state.has("as");
    (kinds.get(state.get("as") ?? "") ?? kinds.get("")).input.checked = true;
    for (const [scope, one] of scopeTicks) one.input.checked = state.getAll("has").includes(scope);
    for (const [role, one] of roleTicks) one.input.checked = state.getAll("is").includes(role);
    for (const [name, one] of Object.entries(unknown)) one.input.checked = state.getAll("unknown").includes(name);
    for (const [key, one] of claimChoices) {
      choose(one.control, ["has", "other", "missing"].find((value) => state.getAll("claim").includes(value + key)));
    }
    choose(answers, state.get("answer"));
    for (const row of rows) toggle(row, state.getAll("open").includes(row.key));
    show();
  }

  // A value that no longer exists, such as a renamed scope, is ignored.
  function choose(control, value) {
    control.value = value ?? "";
    if (control.selectedIndex < 0) control.value = "";
  }

  // -- Filtering the rows -------------------------------------------------------------------------

  const TITLES = { yes: "yes", depends: "depends", no: "no", passes: "no, but let through" };

  function describe(on) {
    switch (on.type) {
      case "check": return on.description === null ? `check ${on.number}` : `“${on.description}”`;
      case "claim": return `claim ${on.name}`;
      case "unguarded": return "the service itself";
      case "acr": return `login of class ${on.values.join(" or ")}`;
      default: return `login within ${age(on.seconds)}`;
    }
  }

  function answerOf(row, who) {
    const { truth, on } = evaluation.route(row.route, who, row.auth);
    const title = truth === "no" && row.auth && row.auth.report_only ? "passes" : truth;
    row.answer.className = `answer ${title}`;
    const items = sorted(on.map(describe));
    row.answer.replaceChildren(make("span", { class: "chip" }, TITLES[title]),
      ...(items.length > 0 ? [make("span", { class: "on" }, `on ${items.join(", ")}`)] : []));
    return title;
  }

  function matches(row, words) {
    return words.every((word) => row.text.includes(word))
      && (!filters.scope.value || row.scopes.has(filters.scope.value))
      && (!filters.role.value || row.roles.has(filters.role.value))
      && (!filters.kind.value || (row.route.access === "required" && row.kinds.includes(filters.kind.value)))
      && (!filters.auth.value || row.route.auth === filters.auth.value)
      && (!filters.access.value || row.route.access === filters.access.value);
  }

  function showImplied(who) {
    for (const [scope, one] of scopeTicks) {
      const by = who === null ? [] : map.auths.flatMap((auth) => evaluation.implying(scope, auth)).filter((other) => who.scopes.has(other));
      one.note.textContent = by.length > 0 && !one.input.checked ? `by ${sorted(by).join(", ")}` : "";
    }
  }

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const who = ask.open ? caller() : undefined;
    const counts = { yes: 0, depends: 0, no: 0, passes: 0 };
    let shown = 0;
    for (const row of rows) {
      let visible = matches(row, words);
      if (who === undefined) row.answer.replaceChildren();
      else {
        const answer = answerOf(row, who);
        if (visible) counts[answer] += 1;
        visible = visible && (!answers.value || answers.value === answer);
      }
      row.element.hidden = !visible;
      if (row.who) row.who.hidden = !visible;
      shown += Number(visible);
    }
    for (const row of rows) row.answer.hidden = who === undefined;
    answerTitle.hidden = only.hidden = who === undefined;
    showImplied(who ?? null);
    document.getElementById("none").hidden = shown > 0;
    const chips = Object.entries(counts).filter(([, count]) => who !== undefined && count > 0)
      .map(([answer, count]) => make("span", { class: `chip ${answer}` }, `${count} ${TITLES[answer]}`));
    status.replaceChildren(make("b", {}, `${shown} of ${rows.length} routes`), ...chips);
  }

  function clear() {
    address("");
    recall("");
    search.focus();
  }

  controls.addEventListener("input", () => { show(); remember(); });
  ask.addEventListener("toggle", () => { show(); remember(); });
  reset.addEventListener("click", clear);
  document.getElementById("clear").addEventListener("click", clear);
  window.addEventListener("hashchange", () => recall());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  recall();
})();
