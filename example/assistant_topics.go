package main

// A topic is something that the built-in assistant knows about.
type topic struct {
	name   string
	words  string // that questions about it have, the most telling two first
	answer string
	stems  []string
}

const unknown = "I do not know. I am a small assistant that works offline, and I know only this library: " +
	"ask me about **mounting**, **authentication**, **stores**, **votes**, **filters**, **summaries**, **erasure**, **tokens**, the **console**, or the move from **Twilio**. " +
	"(A thumb down tells whoever runs this that something is missing here.)"

// topics are in the order in which they win a tie.
var topics = []topic{
	{name: "mounting", words: "mount router handler server prefix install add integrate chi gin echo gorilla start use go",
		answer: "Mount it like any other `http.Handler`:\n```\napi := handler.New(memory.New(), &handler.Options{\n\tAuthenticate: handler.BasicAuth(tokensOfAccount),\n})\nhttp.Handle(\"/v1/\", api)\n```\nAny router and any prefix will do; links in answers keep the prefix. With gorilla/mux, set `SkipClean(true).UseEncodedPath()`."},
	{name: "middleware", words: "middleware wrap",
		answer: "`handler.Middleware(st, opts)` answers the API's paths and passes all others on to the next handler."},
	{name: "authentication", words: "authenticate authentication auth credential password basic login sign account secure security principal who allow access permission",
		answer: "You decide who may call: `Options.Authenticate` gets the request and returns a `Principal`, the account whose records alone the call sees. `handler.BasicAuth` is the one that Twilio's clients expect, with several tokens an account, so that they can be rotated. Browsers get **tokens** instead."},
	{name: "tokens", words: "token browser jwt key rotate visitor bearer frontend short lived expire",
		answer: "A browser never sees an account's credentials. `handler.NewTokens(key)` issues short-lived tokens (one hour unless you say otherwise) for one person in one session: with such a token a visitor may give feedback, change it and take it back, and nothing else. Open **Behind the scenes** to see this page get one."},
	{name: "stores", words: "store storage database keep kept data persist save record backend db",
		answer: "Four stores, one line each:\n- `memory.New()` for tests: gone with the process\n- `sqlite.Open(\"feedbacks.db\", nil)` for one server: a file, nothing to set up\n- `postgres.New(pool, nil)` for PostgreSQL\n- the one in `store/redis` for Redis, Sentinel and Redis Cluster\n\nAll of them pass the same suite of tests, and one of your own passes it in three lines."},
	{name: "PostgreSQL", words: "postgres postgresql pgx sql migrate migration table pgbouncer schema",
		answer: "`postgres.Migrate(ctx, pool, nil)` makes or updates the tables, and `postgres.New(pool, nil)` is the store. An acknowledged write is committed, with its counts in the same transaction. This example does both with `-store postgres://user:password@host:5432/database`."},
	{name: "Redis", words: "redis sentinel valkey cluster",
		answer: "The store in `store/redis` works with Redis, Sentinel and Redis Cluster, through go-redis. This example uses it with `-store redis://host:6379`."},
	{name: "SQLite", words: "sqlite file disk backup wal",
		answer: "`sqlite.Open(\"feedbacks.db\", nil)` keeps feedback in one file, with no server and no C compiler. An acknowledged write is on the disk. This example does it by default, so you are probably looking at it now; `example backup FILE` copies it while it is in use."},
	{name: "memory", words: "memory ram inmemory",
		answer: "`memory.New()` keeps feedback in the process, about 0.9 kB a record. It needs no set-up and is gone with the process, so it is for unit tests. This example uses it with `-store memory`."},
	{name: "undo", words: "undo back revoke remove withdraw retract unvote mistake",
		answer: "Press the same thumb again: the page sends `DELETE …/Feedback`, and the vote is gone from lists and summaries at once. Pressing the other thumb changes the vote instead."},
	{name: "changing a vote", words: "change flip switch edit update modify",
		answer: "Press the other thumb. The page sends a `PUT` that replaces all of the vote but its id and `created_at`; reasons and note start anew."},
	{name: "votes", words: "vote thumb up down rate rating like dislike button person double click",
		answer: "A person has **one vote** on each message, whatever the double-clicks:\n```\nPUT /v1/Assistants/{id}/Sessions/{id}/Messages/{id}/Feedback\n{\"score\": 1}\n```\nAnother `PUT` replaces it, so that a flipped vote keeps no stale note. Try it with the thumbs below."},
	{name: "the buttons", words: "element component widget html react vue custom javascript embed frontend feedbackbuttons",
		answer: "`<feedback-buttons>` takes one line in a page, without dependencies:\n```\n<script type=\"module\" src=\"/console/feedback-buttons.js\"></script>\n<feedback-buttons assistant=\"…\" session=\"…\" message=\"…\"></feedback-buttons>\n```\nIts `token` property takes a function that gets a token. With the attribute `correction` a thumb down also asks what the answer should have been. It works under a strict Content-Security-Policy, with a keyboard and a screen reader, in light and dark."},
	{name: "idempotency", words: "idempotency idempotent retry repeat duplicate twice again key",
		answer: "Send a header `Idempotency-Key` with a `POST`: the same key and feedback again answer the first record, in the same bytes, and add nothing. The same key with another feedback is 409."},
	{name: "giving feedback", words: "feedback give post create send submit curl record field score text tag note body",
		answer: "`POST /v1/Assistants/{id}/Feedbacks` adds a record:\n```\n{\"session_id\": \"demo\", \"score\": 1, \"text\": \"problem resolved\"}\n```\n`session_id` and `score` (0 to 1) are required; `message_id`, `user_id`, `text`, a `correction`, up to ten `tags` and `metadata` are welcome. The server prints a curl line to paste."},
	{name: "lists and filters", words: "filter list search find query parameter order sort newest get view read",
		answer: "`GET /v1/Assistants/{id}/Feedbacks` lists them, newest first. Filters, in any combination: `SessionId`, `MessageId`, `UserId`, `Tag`, `Text`, `MinScore`, `MaxScore`, `HasText`, `HasCorrection`, `Handled`, `Waiting`, `Metadata`, `DateCreatedAfter` and `DateCreatedBefore`. The same ones select for summaries and erasure, and the console has them as a form."},
	{name: "pages", words: "page paging pagination pagesize pagetoken next limit cursor",
		answer: "With `PageSize` the list comes in Twilio's pages: records under `feedbacks`, links under `meta`. Follow `next_page_url` until it is `null`. Records that come and go meanwhile neither repeat nor skip others."},
	{name: "summaries", words: "summary statistic stats mean average chart histogram trend count analyse analyze report dashboard metric interval",
		answer: "`GET …/Feedbacks/Summary` has the count, the mean score, positive and negative, a histogram and the commonest tags; `Interval=day` adds a series. It adds up days, not records, so ten million are as fast as ten. The console draws it."},
	{name: "the console", words: "console look see show view admin page ui dashboard find",
		answer: "The **console** shows all feedback with filters, statistics and downloads: the link is at the top of this page. It asks for the account and token that the server printed at its start. In a program of yours:\n```\nhttp.Handle(\"/console/\", console.New(st, &console.Options{Authenticate: …}))\n```"},
	{name: "exports", words: "export download csv ndjson excel spreadsheet backup import",
		answer: "The console downloads whatever its filters select, as CSV or NDJSON: press *CSV* or *NDJSON* above a list. Over HTTP it is `GET …/Feedbacks?Format=csv`, with the same filters, streamed."},
	{name: "erasure", words: "erase erasure gdpr privacy delete forget personal data right",
		answer: "`DELETE …/Feedbacks?UserId=ann` erases all that the filters select and answers `{\"deleted\": 3}`. It refuses to run without a filter, so that an empty variable erases nothing. `DELETE …/Feedbacks/{id}` deletes one record."},
	{name: "retention", words: "retention old age expire expiry ttl days cleanup",
		answer: "This example takes `-retention 90d`: it erases what is older, at its start and then once an hour. `example/retention.go` shows how, in a page."},
	{name: "Twilio", words: "twilio migrate move migration switch replace sdk helper client compatible retire sunset end",
		answer: "Applications written for Twilio AI Assistants' Feedbacks keep their code; one line changes:\n```\nclient.assistants.baseUrl = \"https://feedback.example.com\";\n```\nPaths, names, status codes, pages and errors are the same. Twilio's last libraries for Node.js and Go run unmodified against this server in its tests."},
	{name: "errors", words: "error status code 400 401 403 404 409 503 fail failure wrong message problem",
		answer: "Errors have Twilio's shape, `{\"code\", \"message\", \"more_info\", \"status\"}`, with a message that names the field, the rule and the value: `score must be between 0 and 1, got 1.5`."},
	{name: "speed", words: "speed fast performance scale load throughput latency slow million big large",
		answer: "What many callers write at once shares one statement and one commit, lists cost the same at any depth, and summaries add up days instead of records. `make bench` measures it on your machine."},
	{name: "proxies", words: "proxy nginx forwarded baseurl https tls base url behind deploy docker production",
		answer: "Behind a proxy, set `Options.BaseURL` (here `-base-url`), or `TrustForwarded` if the proxy sets `X-Forwarded-Proto`, `-Host` and `-Prefix` itself. Several servers on one store need the same token keys: `FEEDBACKS_TOKEN_KEYS`."},
	{name: "OpenAPI", words: "openapi swagger schema specification spec description documentation docs doc reference",
		answer: "`GET /v1/openapi.json` describes all calls in OpenAPI 3.1, to anyone. For Go, `go doc -all github.com/humanfeedback/feedbacks/handler` has every option with its default."},
	{name: "webhooks", words: "onchange webhook event notify notification hook callback slack",
		answer: "`Options.OnChange` is a function of yours that is called after a record was created, replaced or deleted, with the record before and after. Hand long work on from there: the answer waits for it."},
	{name: "testing", words: "test unit testing mock fake ci",
		answer: "In a unit test, `handler.New(memory.New(), nil)` is all you need. `make test` runs every test of this library, and starts the databases that they need."},
	{name: "this Simulator", words: "simulator model llm openai gpt ollama chat assistant identity session ai real",
		answer: "This is the **Simulator**: a chat to try feedback with. I only look up keywords. Start the server with `-assistant-url` and `-assistant-model` to talk to any OpenAI-compatible model instead; its key comes from `OPENAI_API_KEY` and stays on the server."},
	{name: "the licence", words: "licence license free cost price open source mit commercial",
		answer: "It is open source under the MIT licence: free to use, also commercially."},
	{name: "hello", words: "hello hi hey good morning evening",
		answer: "Hello! Ask me how to mount this library, where feedback is kept, or how a vote works. Then rate my answer with the thumbs below it."},
	{name: "thanks", words: "thanks thank thx great nice cool",
		answer: "You are welcome. If that helped, a thumb up below says so to whoever runs this server."},
	{name: "what this is", words: "feedbacks purpose project overview library introduction explain",
		answer: "Feedbacks is a Go library that collects what people think of an AI assistant's answers. It speaks the API that Twilio AI Assistants had, keeps the data in your own database, and adds one vote a person, undo, filters, statistics and a console."},
}
