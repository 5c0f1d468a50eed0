// Compiles the styles and copies the two libraries, so that pages load nothing from elsewhere.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

mkdirSync(here("build"), { recursive: true });
const { css } = compile(here("src/portal.scss"), { style: "compressed", loadPaths: [here("../node_modules")], quietDeps: true });
writeFileSync(here("build/portal.css"), css);
copyFileSync(here("../node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js"), here("build/govuk-frontend.min.js"));
copyFileSync(here("../node_modules/htmx.org/dist/htmx.min.js"), here("build/htmx.min.js"));
console.log(`static/build: portal.css (${Math.round(css.length / 1024)} kB), govuk-frontend.min.js, htmx.min.js`);
