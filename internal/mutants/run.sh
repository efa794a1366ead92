#!/usr/bin/env bash
# Plants bugs, one at a time, in a copy of the project, and sees that the test that each patch names fails. A patch starts
# with "# package test", what go test -run wants. The argument names a folder of patches, or some in it by a pattern, as
# 'postgres/erase-*'; without it all are planted.
set -euo pipefail
cd "$(dirname "$0")/../.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do # with what is not committed yet
	[ ! -e "$file" ] || cp --parents "$file" "$copy"
done
survivors=0
which=${1:-*}
[[ $which == */* ]] || which+='/*'
for patch in internal/mutants/$which.patch; do
	read -r _ package test <"$patch"
	patch -p1 -s -d "$copy" <"$patch"
	if output=$(cd "$copy/$package" && go test -timeout 5m -run "$test" . 2>&1); then
		echo "SURVIVED  $patch: $package $test passes"
		survivors=1
	elif grep -q '^--- FAIL' <<<"$output"; then
		echo "caught    $patch by $(grep -o -- '--- FAIL: [^ ]*' <<<"$output" | tail -n 1 | cut -d' ' -f3)"
	else
		echo "BROKEN    $patch does not get as far as its test"
		echo "$output"
		survivors=1
	fi
	patch -R -p1 -s -d "$copy" <"$patch"
done
exit $survivors
