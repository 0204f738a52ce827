# bash completion for poshalctl: commands and options from its own table, names from the running service

# Runs poshalctl with the --socket or --root of the command line being typed, quietly and not for long.
_poshalctl_ask()
{
	timeout 2 "${COMP_WORDS[0]/#\~/$HOME}" "${_poshalctl_where[@]}" "$@" 2>/dev/null
}

# Splits the words so far: _poshalctl_words (command and arguments), _poshalctl_where, _poshalctl_command.
_poshalctl_split()
{
	local i word
	_poshalctl_words=() _poshalctl_where=() _poshalctl_rest=
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--socket | --root)
			[[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
			_poshalctl_where=("$word" "${COMP_WORDS[++i]}") ;;
		--) _poshalctl_rest=yes; return ;;
		--class | --device | --count | --timeout | --key | --copies | --ttl | --on-recovery | --reason | \
			--reference | --operator | --brightness | --state | --limit | --wait | --since | --level | \
			--role | --rules | --failover | --weight | --after | --row | --step | --priority | --columns | --format | --output | \
			--type | --offline | --cashback | --payment | --filter | --amount | --minutes | --currency | --kid | --out | --credential | --to)
			# --wait of print is a flag
			[[ $word == --wait && ${_poshalctl_words[0]} == print ]] && continue
			[[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
			((i++)) ;;
		-*) ;;
		*) _poshalctl_words+=("$word") ;;
		esac
	done
}

# Possible values of an option.
_poshalctl_values()
{
	case $1 in
	--class) echo scanner printer drawer display card_reader scale msr terminal ;;
	--device) _poshalctl_ask list --ids ;;
	--state) echo open queued waiting sending confirming printed sent_unconfirmed uncertain failed \
		cancelled expired ;;
	--on-recovery) echo reprint continue ask ;;
	--level) echo internal external interactive ;;
	--format) echo text png svg pdf html ;;
	--offline) echo refuse allow force ;;
	--filter) echo open work final all ;;
	esac
}

# Possible values of argument number $2 (from 0) of command $1.
_poshalctl_arguments()
{
	case $1:$2 in
	show:0 | forget:0 | print:0 | enable:0 | disable:0 | health:0 | statistics:0 | claim:0) _poshalctl_ask list --ids ;;
	scan:0) _poshalctl_ask list --ids --class scanner ;;
	'drawer '*:0) _poshalctl_ask list --ids --class drawer ;;
	swipe:0) _poshalctl_ask list --ids --class msr ;;
	'scale '*:0) _poshalctl_ask list --ids --class scale ;;
	'display '*:0) _poshalctl_ask list --ids --class display ;;
	'pay end-of-day:0') _poshalctl_ask list --ids --class terminal ;;
	'pay '[gcv]*:0) _poshalctl_ask pay list --limit 50 | while read -r pay _; do [[ $pay == pay-* ]] && echo "$pay"; done ;;
	'queue '[fhras]*:0) _poshalctl_ask queue list --filter all | while read -r pay _; do [[ $pay == pay-* && $pay != *: ]] && echo "$pay"; done ;;
	'role bind:'[1-9]) _poshalctl_ask list --ids ;;
	adopt:1 | 'driver test:0') _poshalctl_ask drivers | awk 'NR > 1 { print $1 }' ;;
	'job '*:0) _poshalctl_ask jobs --limit 50 | while read -r job _; do [[ $job == job-* ]] && echo "$job"; done ;;
	watch:*) echo device device.state device.status scanner.dropped drawer.state drawer.left_open job.state job.moved payment.state queue.state audit ;;
	call:0) _poshalctl_ask --json call rpc.discover | grep -o '"name":"[a-z]*\.[A-Za-z]*"' | cut -d '"' -f 4 ;;
	help:0) _poshalctl_ask help --words | cut -d ' ' -f 1 | sort -u ;;
	esac
}

_poshalctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} count=1 command line
	local -a _poshalctl_words _poshalctl_where
	local _poshalctl_rest
	COMPREPLY=()
	_poshalctl_split
	if [[ $_poshalctl_rest ]]; then
		[[ ${_poshalctl_words[0]} == claim ]] && COMPREPLY=($(compgen -c -- "$cur"))
		return
	fi
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	--root) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--socket) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--output | --out | --credential | --to) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--class | --device | --state | --on-recovery | --level | --format | --offline | --filter)
		COMPREPLY=($(compgen -W "$(_poshalctl_values "$prev")" -- "$cur"))
		return ;;
	esac

	command=${_poshalctl_words[0]}
	case $command in
	audit | drawer | driver | display | job | pay | queue | role)
		if ((${#_poshalctl_words[@]} == 1)) && [[ $cur != -* ]]; then
			while read -r line; do
				[[ $line == "$command "* ]] && COMPREPLY+=($(compgen -W "${line#* }" -- "$cur"))
			done < <(_poshalctl_ask help --words)
			return
		fi
		[[ ${_poshalctl_words[1]} ]] && command+=" ${_poshalctl_words[1]}" count=2 ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_poshalctl_ask help --words ${command:-help})" -- "$cur"))
		[[ ${COMPREPLY[0]} == *= && ${#COMPREPLY[@]} == 1 ]] && compopt -o nospace 2>/dev/null
		return
	fi
	if [[ -z $command ]]; then
		COMPREPLY=($(compgen -W "$(_poshalctl_ask help --words | cut -d ' ' -f 1 | sort -u)" -- "$cur"))
		return
	fi
	count=$((${#_poshalctl_words[@]} - count))
	case $command:$count in
	print:1 | preview:0 | validate:0 | 'queue export:0' | 'queue import:0')
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$cur")) ;;
	*) COMPREPLY=($(compgen -W "$(_poshalctl_arguments "$command" "$count")" -- "$cur")) ;;
	esac
}

complete -F _poshalctl poshalctl
