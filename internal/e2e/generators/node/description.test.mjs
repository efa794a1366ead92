import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"
import { createConfig, lint } from "@redocly/openapi-core"

const description = "../../../../handler/openapi.json"
const run = (tool, ...args) => execFileSync("node_modules/.bin/" + tool, args, { encoding: "utf8" })

test("openapi-typescript makes types that compile", () => {
	run("openapi-typescript", description, "-o", "schema.d.ts")
	run("tsc", "--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "client.ts")
})

test("redocly finds nothing wrong", async () => {
	const problems = await lint({ ref: description, config: await createConfig({ extends: ["recommended"] }) })
	assert.deepEqual(problems.filter((p) => p.severity === "error" || p.severity === "warn").map((p) => `${p.ruleId}: ${p.message} at ${p.location?.[0]?.pointer}`), [])
})
