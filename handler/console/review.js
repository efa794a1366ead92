// Marks records as handled in their place: the server answers with the card as it is now.
// Without this file a form leads to the record's page.
const status = Object.assign(document.createElement("p"), { className: "unseen" })
status.setAttribute("role", "status")
document.querySelector("main").append(status)

const sent = async (form, button) => {
	const address = new URL(form.action)
	address.username = address.password = "" // of the page's own address, with which nothing is fetched
	try {
		const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form, button)) })
		const page = new DOMParser().parseFromString(await answer.text(), "text/html")
		return { card: page.querySelector(".card"), problem: page.querySelector("h1")?.textContent, ok: answer.ok }
	} catch {
		return { problem: "The server cannot be reached" }
	}
}

const say = (form, problem) => {
	let alert = form.parentElement.querySelector(".alert")
	if (!alert) {
		alert = Object.assign(document.createElement("p"), { className: "alert" })
		alert.setAttribute("role", "alert")
		form.before(alert)
	}
	alert.textContent = "Not saved: " + problem
}

document.addEventListener("submit", async event => {
	const form = event.target
	if (!form.matches(".review form")) return
	event.preventDefault()
	const old = form.closest(".card")
	if (old.ariaBusy === "true") return
	old.ariaBusy = "true"
	const { card, problem, ok } = await sent(form, event.submitter)
	old.ariaBusy = "false"
	if (!card) return say(form, problem)
	const focused = old.contains(document.activeElement)
	old.replaceWith(card)
	if (focused) card.querySelector(".when a").focus()
	status.textContent = ok ? card.querySelector(".review p")?.textContent ?? "Not handled" : ""
})
