// j and k go on to the next and the previous record: on a record's page to its page,
// in a list to its link. a, d and u mark it as handled, by what its buttons say, and n
// goes to its note. Whoever types by voice or by mistake can turn them off.
const kept = "feedbacks-console-keys"
const verdicts = { a: "agree", d: "disagree", u: "unclear" }
const links = () => [...document.querySelectorAll(".records .when a")]
const inList = links().length > 0

const forward = key => {
	if (!inList) return document.querySelector(key === "j" ? ".beside [rel=next]" : ".beside [rel=prev]")?.click()
	const all = links(), at = all.findIndex(link => link.closest(".card").contains(document.activeElement))
	const next = all[key === "j" ? at + 1 : Math.max(at - 1, 0)]
	next?.focus()
	next?.closest(".card").scrollIntoView({ block: "nearest" })
}

// The form of the record that has the focus; there is one on a record's page.
const form = () => (inList ? document.activeElement.closest(".card") : document)?.querySelector(".review form")

const note = () => {
	const details = form()?.querySelector("details")
	if (!details) return
	details.open = true
	details.querySelector("textarea").focus()
}

const press = key => {
	if (key === "j" || key === "k") forward(key)
	else if (key === "n") note()
	else form()?.querySelector(`[value=${verdicts[key]}]`).click()
}

let on = true
try {
	on = localStorage.getItem(kept) !== "off"
} catch {
	// nothing is kept here: they are on
}

document.addEventListener("keydown", event => {
	if (!on || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing || event.repeat && event.key in verdicts) return
	if (!(event.key in verdicts || ["j", "k", "n"].includes(event.key)) || event.target.closest("input, select, textarea, [contenteditable]")) return
	event.preventDefault()
	press(event.key)
})

const button = Object.assign(document.createElement("button"), { type: "button", className: "button small keys" })
const say = () => {
	button.textContent = "Keys j, k, a, d, u, n: " + (on ? "on" : "off")
	button.setAttribute("aria-pressed", on)
	button.title = (inList ? "j and k go from record to record, Enter opens one" : "j and k go to the next and the previous record") +
		"; a, d and u mark it as handled: agree, disagree, unclear; n writes a note first"
}
button.addEventListener("click", () => {
	on = !on
	try {
		localStorage.setItem(kept, on ? "on" : "off")
	} catch {
		// it lasts for this page
	}
	say()
})
say()
document.querySelector("main").append(button)
