#!/usr/bin/env bats
# Standard nets bring what they were published with, where no option says otherwise.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
	dset-create -q --color --size 32x32 --encoding none -o "$D/colour" "$D/few"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	plan="model-train -v --dry-run -d $D/colour -n cifar10-quick -o x"
}

# has LINE...: the plan in $output has these lines of a solver.
has() {
	for line in "$@"; do
		grep -qx "$line" <<<"$output" || { echo "no $line in $output"; return 1; }
	done
}

@test "rate, decay and policy of the published solver" {
	run $plan
	[ "$status" -eq 0 ]
	[[ "$output" == *"the net cifar10-quick brings --lr 0.001 --weight-decay 0.004 --lr-policy step --gamma 0.1 --step 80"* ]]
	has 'base_lr: 0.001' 'weight_decay: 0.004' 'lr_policy: "step"' 'gamma: 0.1' \
	    'momentum: 0.9' 'max_iter: 30' 'stepsize: 24'
	# DIGITS's for a net that brings nothing
	run model-train -v --dry-run -d "$D/dset" -n lenet -o x
	[[ "$output" != *brings* ]]
	has 'base_lr: 0.01' 'weight_decay: 0.0005' 'lr_policy: "step"'
}

@test "what is given counts, option by option" {
	run $plan --lr 0.1
	has 'base_lr: 0.1' 'weight_decay: 0.004' 'stepsize: 24'
	[[ "$output" == *"brings --weight-decay 0.004 --lr-policy"* ]]
	run $plan --weight-decay 0.0005 --lr-policy fixed
	has 'base_lr: 0.001' 'weight_decay: 0.0005' 'lr_policy: "fixed"'
	run $plan --gamma 0.5
	has 'gamma: 0.5' 'stepsize: 10'
	run $plan --lr 0.01 --weight-decay 0.0005 --lr-policy step --step 33
	has 'base_lr: 0.01' 'stepsize: 10'
	[[ "$output" != *brings* ]]
}

@test "the folder says it; sweeps are called by it; a file of the name is another net" {
	model-train -q -d "$D/colour" -n cifar10-quick -b 9 -e 1 --device cpu -o m
	tr -d ' \n' <m/info.json | grep -q \
	    '"netdefaults":{"gamma":"0.1","lr":"0.001","lr-policy":"step","step":"80","weight-decay":"0.004"}'
	grep -q 'base_lr: 0.001' m/solver.prototxt
	model-train -q -d "$D/colour" -n cifar10-quick -b 9,27 -e 1 --device cpu -o s
	[ -e s/b9-lr0.001/info.json ]
	cp m/original.prototxt cifar10-quick
	run $plan
	has 'base_lr: 0.01' 'weight_decay: 0.0005'
	[[ "$output" != *brings* ]]
}

@test "--resume where there is nothing yet brings the same, and finds a sweep's models" {
	run $plan --resume
	[ "$status" -eq 0 ]
	[[ "$output" == *"the net cifar10-quick brings --lr 0.001 "* ]]
	has 'base_lr: 0.001' 'weight_decay: 0.004' 'stepsize: 24'
	sweep="model-train -q -d $D/colour -n cifar10-quick -b 9,27 -e 1 --device cpu -o s"
	$sweep
	$sweep --resume
	[ "$(cd s && echo *)" = "b27-lr0.001 b9-lr0.001 sweep.json" ]
}
