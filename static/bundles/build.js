// Bundles each script with the npm packages that it imports, for browsers of recent years, into ../built. All bundles are in
// one folder, not in the folders of their nouns, because Node.js finds packages in a node_modules folder above the importing file.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const BUNDLES = ["chart", "editor", "formatter", "grid"];

const { outputFiles } = await build({
  entryPoints: BUNDLES.map((name) => `${name}/${name}.js`),
  entryNames: "[name]",
  outdir: "../built",
  bundle: true,
  format: "esm",
  minify: true,
  target: ["chrome120", "firefox121", "safari17.4"],
  legalComments: "eof",
  logLevel: "warning",
  write: false,
});

// An unchanged file is not written, because cargo would recompile the program for it. Beside each bundle is its Brotli form at
// the highest level, which would take too long to compress within a request.
for (const { path, contents } of outputFiles) {
  const compressed = `${path}.br`;
  if (!existsSync(compressed) || !existsSync(path) || !readFileSync(path).equals(contents)) {
    writeFileSync(path, contents);
    writeFileSync(compressed, brotliCompressSync(contents));
  }
}
