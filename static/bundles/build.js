// Bundles each script with the packages that it stands on, for browsers of the last years, into ../built.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const BUNDLES = ["chart", "editor", "grid"];

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

// A file that stays as it was is not written: the program would be compiled again for it. Beside each lies what it is when it is
// compressed as far as that goes, which takes longer than an answer may.
for (const { path, contents } of outputFiles) {
  const compressed = `${path}.br`;
  if (!existsSync(compressed) || !existsSync(path) || !readFileSync(path).equals(contents)) {
    writeFileSync(path, contents);
    writeFileSync(compressed, brotliCompressSync(contents));
  }
}
