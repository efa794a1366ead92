// j and k go on to the next and the previous record: on a record's page to its page,
// in a list to its link. Whoever types by voice or by mistake can turn them off.
const kept = "feedbacks-console-keys"
const links = [...document.querySelectorAll(".records .when a")]

const forward = key => {
	if (links.length === 0) return document.querySelector(key === "j" ? ".beside [rel=next]" : ".beside [rel=prev]")?.click()
	const at = links.findIndex(link => link.closest(".card").contains(document.activeElement))
	const next = links[key === "j" ? at + 1 : Math.max(at - 1, 0)]
	next?.focus()
	next?.closest(".card").scrollIntoView({ block: "nearest" })
}

let on = true
try {
	on = localStorage.getItem(kept) !== "off"
} catch {
	// nothing is kept here: they are on
}

document.addEventListener("keydown", event => {
	if (!on || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing) return
	if ((event.key !== "j" && event.key !== "k") || event.target.closest("input, select, textarea, [contenteditable]")) return
	event.preventDefault()
	forward(event.key)
})

const button = Object.assign(document.createElement("button"), { type: "button", className: "button small keys" })
const say = () => {
	button.textContent = "Keys j and k: " + (on ? "on" : "off")
	button.setAttribute("aria-pressed", on)
	button.title = links.length ? "j and k go from record to record, Enter opens one" : "j and k go to the next and the previous record"
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
