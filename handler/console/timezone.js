// Offers the browser's time zone, which no server knows, where a page asks for one.
const field = document.querySelector('select[name="TimeZone"]')
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
if (field && zone && ![...field.options].some(option => (option.value || "UTC") === zone)) {
	field.add(new Option(zone, zone))
}
