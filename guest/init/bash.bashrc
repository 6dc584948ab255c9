# Read by every interactive bash in the VM.
# The prompt: user@host in teal, the directory in blue, and the last exit code in red if it was not 0.
# A variable, not a command in the prompt: that would be one more process a prompt.
prompt_exit_code() {
  local code=$?
  __exit_code=
  [ "$code" -eq 0 ] || __exit_code=$'\001\e[31m\002'"$code "$'\001\e[0m\002'
}
PROMPT_COMMAND=prompt_exit_code
PS1='$__exit_code\[\e[36m\]\u@\h\[\e[0m\]:\[\e[34m\]\w\[\e[0m\]\$ '
case $TERM in xterm*) PS1="\[\e]0;\w\a\]$PS1" ;; esac

HISTCONTROL=ignoredups
HISTSIZE=1000
shopt -s checkwinsize histappend
alias ls='ls --color=auto'
alias ll='ls -l'
alias grep='grep --color=auto'

# iproute2 takes `a` for short for `address`, so that the shortest example of all, `ip link add a type veth peer name b`,
# fails on any Linux, and `ip link del a` after it. At this prompt what can only be a name is said to be one.
ip() {
  case "$1 $2" in
    'link add') [ "$4" = type ] && set -- link add name "${@:3}" ;;
    'link set' | 'link del') [ -n "$3" ] && [ -e "/sys/class/net/$3" ] && set -- link "$2" dev "${@:3}" ;;
  esac
  command ip "$@"
}
