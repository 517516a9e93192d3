#!/usr/bin/env bats
# Odd folders of pictures: the classes that come of them, or what is said.

load odd

setup_file() {
	odd_setup folders
}

setup() {
	cd "$D" || exit
	odd_rows folders
}

@test "dset-create" {
	wrong=0
	for i in "${!names[@]}"; do
		n=${names[i]}
		rm -rf x
		run timeout 30 dset-create --gray --size 28x28 -o x "folders/$n"
		output=$(grep '^dset-create: ' <<<"$output" |
		    grep -v 'is the same as' || true)
		odd_check "$n" "${verdicts[i]}" "${words[i]}" || wrong=1
		case ${verdicts[i]} in
		ok)
			[ -z "${words[i]}" ] ||
			    [ "$(paste -sd, x/labels.txt)" = "${words[i]}" ] || {
				echo "$n: classes $(paste -sd, x/labels.txt)"
				wrong=1
			}
			dset-show -q --verify x >/dev/null || wrong=1 ;;
		said | bad) [ -d x ] || wrong=1 ;;
		*)
			[ ! -e x ] || wrong=1
			[[ "$output" == *"folders/$n"* ]] || {
				echo "$n: not named: $output"
				wrong=1
			} ;;
		esac
	done
	[ $wrong -eq 0 ]
}

@test "model-infer: each picture of a folder is answered" {
	for i in "${!names[@]}"; do
		n=${names[i]}
		run timeout 30 model-infer -m m --tsv --top 1 "folders/$n"
		! odd_crashed "$n" || false
		[ "$status" -le 4 ]
	done
	[ "$(model-infer -m m --tsv --top 1 folders/deep | wc -l)" -eq 24 ]
}
