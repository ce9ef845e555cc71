// The map's Markdown as a parser of others reads it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import MarkdownIt from "markdown-it";

const pages = process.env.ACCESS_MAP_PAGES;
// As GitHub does: HTML in the text is HTML. The worst case for what is not escaped.
const markdown = new MarkdownIt({ html: true });

// The text of each cell of each row.
function rows(html) {
  const text = (cell) => cell.replaceAll(/<\/?code>/g, "").replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(code))
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/gs)].map(([, cell]) => text(cell)));
}

function read(name) {
  const map = JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(join(pages, `${name}.html`), "utf8"))[1]);
  const html = markdown.render(readFileSync(join(pages, `${name}.md`), "utf8"));
  return { map, html };
}

for (const name of ["api", "hostile"]) {
  test(`every cell of ${name} is what it was`, () => {
    const { map, html } = read(name);
    const cells = rows(html);
    const several = new Set(map.routes.map((route) => route.auth)).size > 1;
    for (const route of map.routes) {
      const note = route.place === "fallback" ? " (fallback)" : "";
      const row = [route.method, route.path + note, route.text, ...(several ? [route.auth ?? ""] : []), route.handler];
      assert.ok(cells.some((found) => JSON.stringify(found) === JSON.stringify(row)), `${JSON.stringify(row)} in ${JSON.stringify(cells, null, 1)}`);
    }
    assert.deepEqual([...new Set(html.match(/<[a-z]+/g))].sort(), ["<code", "<table", "<tbody", "<td", "<th", "<thead", "<tr"]);
  });
}
