// What openapi-typescript makes of the description, in use: it is compiled, not run.
import createClient from "openapi-fetch"
import type { paths } from "./schema"

export async function use(baseUrl: string): Promise<number> {
	const client = createClient<paths>({ baseUrl })
	const { data: made } = await client.POST("/v1/Assistants/{assistant_id}/Feedbacks", {
		params: { path: { assistant_id: "a" } },
		body: { session_id: "s", score: 1 },
	})
	if (!made || !("score" in made)) throw new Error("no feedback")
	const { data: summary } = await client.GET("/v1/Assistants/{assistant_id}/Feedbacks/Summary", { params: { path: { assistant_id: "a" } } })
	return made.score + (summary?.count ?? 0)
}
