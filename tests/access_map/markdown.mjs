// The map's Markdown as a parser of others reads it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import MarkdownIt from "markdown-it";

const pages = process.env.ACCESS_MAP_PAGES;
// As GitHub does: HTML in the text is HTML. The worst case for what is not escaped.
const markdown = new MarkdownIt({ html: true });

// Without the elements.
const text = (cell) => cell.replaceAll(/<\/?[a-z]+>/g, "").replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(code))
  .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

// The text of each cell of each row.
function rows(html) {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/gs)].map(([, cell]) => text(cell)));
}

function read(name) {
  const map = JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(join(pages, `${name}.html`), "utf8"))[1]);
  const html = markdown.render(readFileSync(join(pages, `${name}.md`), "utf8"));
  return { map, html };
}

for (const name of ["api", "hostile"]) {
  test(`every cell of ${name} is unchanged by the Markdown parser`, () => {
    const { map, html } = read(name);
    const cells = rows(html);
    const several = new Set(map.routes.map((route) => route.auth)).size > 1;
    for (const route of map.routes) {
      const note = route.place === "fallback" ? " (fallback)" : "";
      const row = [route.method, route.path + note, route.text, ...(several ? [route.auth ?? ""] : []), route.handler];
      assert.ok(cells.some((found) => JSON.stringify(found) === JSON.stringify(row)), `${JSON.stringify(row)} in ${JSON.stringify(cells, null, 1)}`);
    }
    const elements = new Set(html.match(/<[a-z]+/g));
    for (const known of ["code", "li", "p", "table", "tbody", "td", "th", "thead", "tr", "ul"]) elements.delete(`<${known}`);
    assert.deepEqual([...elements], [], "elements that the map did not write");
    for (const warning of map.warnings) assert.ok(text(html).includes(warning.replaceAll("`", "")), `${warning} in ${html}`);
  });
}
