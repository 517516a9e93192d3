# Waiting in tests, on machines that may be busy: source this.  What is to happen
# is waited for, never slept through; limits of time grow with the load.
#
#	wait_for COMMAND...   until it succeeds, at most a minute
#	patience SECONDS      as many, times the load of each core
#	ends PID [SECONDS]    sets $rc when it ends, within patience of 5
#	catches PID           until it has a handler of SIGTERM

wait_for() {
	local i
	for i in $(seq 1200); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "waited in vain: $*" >&2
	return 1
}

patience() {
	awk -v s="$1" -v cores="$(nproc)" '{
		split($4, at, "/")
		n = (at[1] > $1 ? at[1] : $1) / cores
		print s * (n > 1 ? n : 1)
	}' /proc/loadavg
}

ends() {
	timeout "$(patience "${2:-5}")" tail -s 0.1 --pid="$1" -f /dev/null || {
		echo "process $1 does not end" >&2
		kill -KILL "$1"
		return 1
	}
	wait "$1" && rc=0 || rc=$?
}

catches_now() {
	local mask
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") || return
	((0x${mask:-0} & 0x4000))
}

catches() {
	wait_for catches_now "$1"
}
