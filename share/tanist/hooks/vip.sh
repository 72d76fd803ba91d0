# A virtual address that follows the primary: `ip` and gratuitous ARP over ssh. Sourced, not run. Everything may be done
# twice: what is already as it should be is left alone.

ADDRESS_SETTINGS="vip device ssh_options ssh_timeout arping_count"

read_vip() {
  # shellcheck disable=SC2086
  read_settings $ADDRESS_SETTINGS
  case ${set_vip:-} in
    */*) ;;
    *) die "$arg_config: vip=ADDRESS/LENGTH must be given" ;;
  esac
  case $set_vip in *[!0-9a-fA-F.:/]*) die "$arg_config: vip: '$set_vip' is no address" ;; esac
  case ${set_arping_count:=2} in *[!0-9]* | '') die "$arg_config: arping_count is no number" ;; esac
  vip=${set_vip%/*}
}

device_of() {
  device=$(setting device "$1")
  case ${device:-none} in none | *[!A-Za-z0-9_.:@-]*) die "$arg_config: device=INTERFACE must be given" ;; esac
}

# orig, new: whose ssh
orig_host() {
  at_name=${arg_orig_master_host:-} at=${arg_orig_master_ssh_ip:-${arg_orig_master_ip:-$at_name}}
  at_port=${arg_orig_master_ssh_port:-22} at_user=${arg_orig_master_ssh_user:-${arg_ssh_user:-root}}
  [ -n "$at" ] || die "--orig_master_host must be given"
}
new_host() {
  at_name=${arg_new_master_host:-} at=${arg_new_master_ssh_ip:-${arg_new_master_ip:-$at_name}}
  at_port=${arg_new_master_ssh_port:-22} at_user=${arg_new_master_ssh_user:-${arg_ssh_user:-root}}
  [ -n "$at" ] || die "--new_master_host must be given"
}

# 0: it is not there (any more). 255: the host does not answer.
take_address_away() {
  device_of "$at_name"
  on "$at" "$at_port" "$at_user" "
    if ip -o addr show dev $device | grep -qF \" $vip/\"; then ip addr del $set_vip dev $device; fi
    ! ip -o addr show dev $device | grep -qF \" $vip/\""
}

# The neighbours are told at once and once more a second later, behind our back: whoever waits for us waits in vain else.
give_address() {
  device_of "$at_name"
  case $vip in
    *:*) replace="ip addr replace $set_vip dev $device nodad" tell=: ;; # the kernel announces it
    *) replace="ip addr replace $set_vip dev $device"
      tell="arping -q -U -c $set_arping_count -I $device $vip" ;;
  esac
  on "$at" "$at_port" "$at_user" "
    $replace || exit 1
    if [ \"$tell\" != : ] && ! command -v arping >/dev/null; then
      echo \"there is no arping: neighbours keep the old place of $vip for a while\" >&2
    else
      $tell >/dev/null 2>&1 </dev/null &
    fi"
}

# Nothing is wrong with the settings. A host that does not answer now is no reason not to watch it.
check_address() {
  device_of "$at_name"
  said=0
  on "$at" "$at_port" "$at_user" "
    ip link show dev $device >/dev/null || exit 1
    ip -o addr show dev $device | grep -qF \" $vip/\" || echo \"$vip is not on $at_name now\"" || said=$?
  [ "$said" -ne 255 ] || echo "$self: $at_name does not answer ssh" >&2
  [ "$said" -eq 0 ] || [ "$said" -eq 255 ] || die "$at_name: no interface $device"
}
