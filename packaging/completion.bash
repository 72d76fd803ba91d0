# bash completes tanist, the masterha_* commands and those of the node: verbs, options and what they take. It knows nothing of
# them itself: the programs tell it (--commands, --completion-words). Clusters are those of a running `tanist run`.

_tanist_asked() {
  timeout 1 "$@" </dev/null 2>/dev/null
}

# The value of --state_dir on the line, as bash has cut it.
_tanist_state_dir() {
  local i
  for ((i = 1; i < COMP_CWORD - 1; i++)); do
    [[ ${COMP_WORDS[i]} == --state_dir ]] || continue
    if [[ ${COMP_WORDS[i + 1]} == "=" ]]; then echo "--state_dir=${COMP_WORDS[i + 2]}"; else echo "--state_dir=${COMP_WORDS[i + 1]}"; fi
    return
  done
}

# Candidates for a word of that kind, which is what the help calls it: FILE, [CLUSTER|FILE], [FILE|DIR]..., check.
_tanist_candidates() {
  local program=$1 kind=$2 cur=$3
  if [[ $kind =~ ^[a-z]+$ ]]; then compgen -W "$kind" -- "$cur"; fi
  if [[ $kind == *CLUSTER* ]]; then
    compgen -W "$(_tanist_asked "$program" status $(_tanist_state_dir) --json | grep -o '"name":"[[:alnum:]._-]*"' | cut -d'"' -f4)" -- "$cur"
  fi
  if [[ $kind == *TABLE* ]]; then
    compgen -W "$(_tanist_asked "$program" rules | sed -n 's/^\([a-z]*\): .*/\1/p')" -- "$cur"
  fi
  if [[ $kind == *FILE* || $kind == *DIR* ]]; then compgen -d -- "$cur"; fi
  if [[ $kind == *FILE.cnf* ]]; then
    compgen -f -X '!*.cnf' -- "$cur"
  elif [[ $kind == *FILE* ]]; then
    compgen -f -- "$cur"
  fi
}

# Which of the words that are no options the cursor is at, from 0; $1 words are the command's name.
_tanist_place() {
  local i place=0
  for ((i = $1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      ((++place))
    elif [[ ${COMP_WORDS[i + 1]} == "=" ]]; then
      ((i += 2))
    elif [[ $options == *$'\n'"${COMP_WORDS[i]}="* ]]; then
      ((++i))
    fi
  done
  echo "$place"
}

_tanist() {
  local program=$1 cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=("$1") usage options kinds kind=""
  COMPREPLY=()
  if [[ ${program##*/} == tanist ]]; then
    if ((COMP_CWORD == 1)); then
      mapfile -t COMPREPLY < <(compgen -W "--help $(_tanist_asked "$program" --commands | grep -v ^masterha_)" -- "$cur")
      return
    fi
    [[ ${COMP_WORDS[1]} =~ ^[a-z_]+$ ]] || return
    command+=("${COMP_WORDS[1]}")
  fi
  options=$(_tanist_asked "${command[@]}" --completion-words) || return
  usage=${options%%$'\n'*} options=$'\n'${options#*$'\n'}

  local name=""
  if [[ $cur == "=" ]]; then
    name=$before cur=""
  elif [[ $before == "=" ]]; then
    name=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $before == -* && $options == *$'\n'"$before="* ]]; then
    name=$before
  fi
  if [[ -n $name ]]; then
    kind=$(grep -m1 -e "^$name=" <<<"$options")
    kind=${kind#*=}
    [[ $kind != FILE || $name != *conf ]] || kind=FILE.cnf
  elif [[ $cur != -* ]]; then
    local place
    usage=${usage%%\[options\]*}
    read -ra kinds <<<"${usage%%[-<]*}"
    place=$(_tanist_place "${#command[@]}")
    kind=${kinds[place]:-}
    [[ -n $kind || ${kinds[*]} != *... ]] || kind=${kinds[-1]}
    kind=${kind//FILE/FILE.cnf}
  fi
  if [[ -n $kind ]]; then
    [[ $kind != *FILE* && $kind != *DIR* ]] || compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(_tanist_candidates "$program" "$kind" "$cur" | sort -u)
  fi
  if [[ -z $name && ${#COMPREPLY[@]} == 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(tail -n +2 <<<"$options" | sed 's/=.*/=/')" -- "$cur")
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
  fi
}

# Names of links have an underscore; verbs have none, and neither do the manager's own words for tanist-node.
complete -F _tanist tanist $({ _tanist_asked tanist --commands; _tanist_asked tanist-node --commands; } | grep _)
