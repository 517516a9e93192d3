#!/usr/bin/env bats
# About a hundred odd pictures: each is taken, or is one bad item that is named.

load odd

setup_file() {
	odd_setup pictures
	cd "$D"
	mkdir -p f/good
	cp few/0/*.png f/good
	cp -r pictures f/odd
}

setup() {
	cd "$D" || exit
	odd_rows pictures
}

# judge FILE: is said in it what the table says of each?
judge() {
	local i wrong=0
	for i in "${!names[@]}"; do
		n="f/odd/${names[i]}"
		case ${verdicts[i]} in
		ok)
			if grep -qF "$n: " "$1"; then
				echo "taken: $(grep -F "$n: " "$1")"
				wrong=1
			fi ;;
		*)
			if ! odd_line "$n" "${words[i]}" "$1"; then
				echo "${names[i]}: not said: ${words[i]}: $(grep -F "$n: " "$1")"
				wrong=1
			fi ;;
		esac
		if [ "$(grep -cF "$n: " "$1")" -gt 1 ]; then
			echo "said twice: $(grep -F "$n: " "$1")"
			wrong=1
		fi
	done
	return $wrong
}

@test "dset-create: each odd picture is taken or named" {
	run dset-create -v --size 28x28 --gray --val 0 --bad bad -o d f
	! odd_crashed all || false
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" | grep '^dset-create: ' |
	    grep -v ' is the same as ' >said
	judge said
	for i in "${!names[@]}"; do
		[ "${verdicts[i]}" = bad ] || echo "f/odd/${names[i]}"
	done | LC_ALL=C sort >want
	sed -n 's/ 1$//p; s/ odd$//p' d/train.txt | LC_ALL=C sort >got
	diff want got
	[ "$(wc -l <bad)" -eq "$(grep -c '	bad	' pictures.table)" ]
	dset-show -q --verify d
}

@test "model-infer: each odd picture is answered or named, in order" {
	for i in "${!names[@]}"; do
		printf '%s\0' "f/odd/${names[i]}"
	done >list
	run xargs -0 sh -c "model-infer -v -m m --top 1 --tsv -- \"\$@\" 2>err" x <list
	[ "$status" -eq 123 ] # 1, as xargs says it
	! grep -q 'Sanitizer\|runtime error' err || false
	grep '^model-infer: ' err >said
	judge said
	for i in "${!names[@]}"; do
		[ "${verdicts[i]}" = bad ] || echo "f/odd/${names[i]}"
	done >want
	cut -f 1 <<<"$output" >got
	diff want got
}
