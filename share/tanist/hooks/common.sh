# What the hooks have in common: arguments, settings, ssh. Sourced, not run.
# Arguments become $arg_NAME, settings $set_NAME. The contract of the arguments is MHA's.

self=${0##*/}

die() {
  echo "$self: $*" >&2
  exit 1
}

# read_arguments "$@"; --config=FILE comes from the configured command line, the rest from the manager.
read_arguments() {
  arg_config=/etc/tanist/$self.conf
  for word; do
    case $word in
      --*=*) name=${word%%=*} value=${word#*=} ;;
      --*) name=$word value=1 ;;
      *) die "$word is not --name=value" ;;
    esac
    name=${name#--}
    case $name in
      *password*) continue ;; # nothing here needs one
      *[!a-z_]* | '') die "$word is not --name=value" ;;
    esac
    eval "arg_$name=\$value"
  done
  [ -n "${arg_command:-}" ] || die "--command=status|start|stop|stopssh must be given"
}

trimmed() {
  trimmed=${1#"${1%%[![:space:]]*}"}
  trimmed=${trimmed%"${trimmed##*[![:space:]]}"}
}

# read_settings NAME...: the file has NAME=VALUE lines and # comments; a NAME may be followed by .HOST, for one host.
# Values are data: nothing in them is run.
read_settings() {
  [ -r "$arg_config" ] || die "$arg_config cannot be read"
  number=0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    trimmed "$line"
    case $trimmed in
      '' | '#'*) continue ;;
      *=*) trimmed "${trimmed%%=*}" ;;
      *) die "$arg_config:$number: not NAME=VALUE" ;;
    esac
    name=$trimmed
    trimmed "${line#*=}"
    known=
    for candidate; do
      case $name in "$candidate" | "$candidate".*) known=1 ;; esac
    done
    [ -n "$known" ] || die "$arg_config:$number: unknown name '$name'; there are $*"
    case $name in
      *.*) settings_of_hosts="${settings_of_hosts:-}
$name=$trimmed" ;;
      *) eval "set_$name=\$trimmed" ;;
    esac
  done <"$arg_config"
}

# setting NAME HOST: what holds for that host.
setting() {
  found=$(printf '%s\n' "${settings_of_hosts:-}" | while IFS= read -r line; do
    case $line in "$1.$2="*) printf '%s\n' "${line#*=}" ;; esac
  done | tail -n 1)
  [ -n "$found" ] || eval "found=\${set_$1:-}"
  printf '%s\n' "$found"
}

# on ADDRESS PORT USER COMMAND: runs it there as root. Exit status 255: ssh itself failed.
on() {
  prefix=
  [ "$3" = root ] || prefix="sudo -n "
  # ssh_options are words of the administrator.
  # shellcheck disable=SC2086
  ssh -o BatchMode=yes -o ConnectTimeout="${set_ssh_timeout:-10}" ${arg_ssh_options:-} ${set_ssh_options:-} \
    -p "${2:-22}" "$3@$1" "${prefix}sh -c '$4'" </dev/null
}
