// Renders the chat as a server does, and makes the script for its page: prints {html, script}.

import { build } from "esbuild";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { Chat } from "./app.js";

const { outputFiles } = await build({
  entryPoints: ["client.js"], bundle: true, format: "esm", write: false, define: { "process.env.NODE_ENV": '"development"' },
});
console.log(JSON.stringify({ html: renderToString(h(Chat)), script: outputFiles[0].text }));
