# How servers end. Run by the user that they run as, as one of
#
#	watch            make a directory and print its name; at the end of input remove what is in it, and itself
#	signal NAME DIR  send a signal to the processes of the server in DIR
#	remove DIR       kill the server in DIR, and remove DIR with its log

# pids lists the processes which work in a directory: a server and its children, also those which outlived it. Servers
# have no terminal, unlike somebody who has a look around.
pids() {
	if [ -d /proc/self ]; then
		for process in /proc/[0-9]*; do
			[ "$process/cwd" -ef "$1" ] && read -r stat <"$process/stat" && no_terminal ${stat##*) } && echo "${process#/proc/}"
		done
	else
		lsof -a -t -d cwd "$1"
	fi
}

no_terminal() { [ "$5" = 0 ]; } # of state, parent, group, session, terminal

# signal repeats itself until no new process turns up or, for KILL, until none is left.
signal() {
	before=
	while now=$(pids "$2"); [ -n "$now" ] && [ "$now" != "$before" ]; do
		kill "-$1" $now
		[ "$1" = KILL ] && sleep 0.01 || before=$now
	done
}

# remove also removes PostgreSQL's System V shared memory, which survives a KILL.
remove() {
	signal KILL "$1"
	[ -f "$1/postmaster.pid" ] && memory=$(sed -n 's/.* //; 7p' "$1/postmaster.pid") && [ -n "$memory" ] && ipcrm -m "$memory"
	rm -rf "$1" "$1.log"
}

# watch renames the directory first, so that no server still starts in it.
watch() {
	trap '' HUP INT TERM PIPE
	home=$(mktemp -d "${TMPDIR:-/tmp}/feedbacks-test.XXXXXX") || exit
	echo "$home"
	exec >/dev/null 2>&1
	read -r _
	mv "$home" "$home.gone"
	for dir in "$home.gone"/*/; do remove "${dir%/}"; done
	rm -rf "$home.gone"
}

"$@"
