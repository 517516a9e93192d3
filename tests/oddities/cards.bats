#!/usr/bin/env bats
# Odd cards of zoo models: the weights come, or it is said why not.

load odd
load ../cli/servers

setup_file() {
	export D=$BATS_FILE_TMPDIR
	python3 "$BATS_TEST_DIRNAME/cards.py" "$D/cards" "$PWD"
	cd "$D"
	mkdir root
	python3 "$BATS_TEST_DIRNAME/../cli/caffemodel.py" root/w.caffemodel two \
	    ip:2x48,2
	python3 "$BATS_TEST_DIRNAME/../cli/caffemodel.py" root/other two no:2x3
	echo '<!DOCTYPE html><title>sign in</title>' >root/page
}

setup() {
	cd "$D" || exit
	export NNUTILS_CACHE=$D/cache HOME=$D
	unset http_proxy
	odd_rows cards
}

teardown() {
	servers_stop
}

@test "zoo-fetch" {
	nginx_start root
	sha=$(sha1sum <root/w.caffemodel | cut -d' ' -f1)
	wrong=0
	for i in "${!names[@]}"; do
		n=${names[i]}
		rm -rf "$n"
		mkdir "$n"
		sed "s,@URL@,$NGINX,; s,@SHA1@,$sha,; s,@SHA1-CAPITALS@,${sha^^}," \
		    "cards/$n" >"$n/readme.md"
		cat >"$n/deploy.prototxt" <<-E
		layer { name: "data" type: "Input" top: "data"
		  input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
		layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
		  inner_product_param { num_output: 2 } }
		E
		run timeout 20 zoo-fetch --retries 1 --connect-timeout 2 "$n"
		output=${output#"$n"} # the result
		odd_check "$n" "${verdicts[i]}" "${words[i]}" || wrong=1
		case ${verdicts[i]} in
		ok | said)
			cmp "$n"/*.caffemodel root/w.caffemodel || wrong=1 ;;
		*)
			[ "$n" = other-net ] || ! ls "$n"/*.caffemodel 2>/dev/null ||
			    wrong=1
			[[ "$output" == *"$n"* ]] || {
				echo "$n: not named: $output"
				wrong=1
			} ;;
		esac
		[ ! -e w.caffemodel ] && [ ! -e /tmp/w.caffemodel ]
	done
	[ $wrong -eq 0 ]
}
