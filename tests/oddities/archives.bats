#!/usr/bin/env bats
# Odd archives of a model: imported and run, or refused; nothing half is left.

load odd

setup_file() {
	odd_setup archives
	cd "$D"
	ls few/0/*.png | head -n 2 >pictures
	xargs model-infer -m m --tsv <pictures >want
}

setup() {
	cd "$D" || exit
	odd_rows archives
}

@test "model-import" {
	wrong=0
	for i in "${!names[@]}"; do
		rm -rf x
		run timeout 20 model-import "archives/${names[i]}" -o x
		odd_check "${names[i]}" "${verdicts[i]}" "${words[i]}" || wrong=1
		if [[ $output == */tmp/* || $output == */shm/* ]]; then
			echo "${names[i]}: names a temporary file: $output"
			wrong=1
		fi
		case ${verdicts[i]} in
		ok)
			xargs model-infer -m x --tsv <pictures | cmp want - ||
			    wrong=1
			[ "$(find x -name '._*' -o -name __MACOSX -o -name .DS_Store -o -name Thumbs.db)" = "" ] || {
				echo "${names[i]}: leftovers: $(find x)"
				wrong=1
			} ;;
		bad) [ -d x ] || wrong=1 ;;
		*)
			[ ! -e x ] || {
				echo "${names[i]}: left something"
				wrong=1
			}
			[[ "$output" == *"${names[i]}"* ]] || {
				echo "${names[i]}: not named: $output"
				wrong=1
			} ;;
		esac
	done
	[ $wrong -eq 0 ]
}

@test "model-infer -m" {
	wrong=0
	for i in "${!names[@]}"; do
		case ${verdicts[i]} in
		ok)
			xargs model-infer -m "archives/${names[i]}" --tsv <pictures |
			    cmp want - || {
				echo "${names[i]}: other answers"
				wrong=1
			} ;;
		bad) ;;
		*)
			run xargs model-infer -m "archives/${names[i]}" <pictures
			! odd_crashed "${names[i]}" || wrong=1
			[ "$status" -ne 0 ] &&
			    [[ "$output" == *"${names[i]}"* ]] &&
			    [[ $output != */tmp/* && $output != */shm/* ]] || {
				echo "${names[i]}: $status: $output"
				wrong=1
			} ;;
		esac
	done
	[ $wrong -eq 0 ]
}
