# Read by every interactive bash in the VM.
# The prompt: user@host in teal, the directory in blue, and the last exit code in red if it was not 0.
prompt_exit_code() {
  local code=$?
  [ "$code" -eq 0 ] || printf '\001\e[31m\002%d \001\e[0m\002' "$code"
}
PS1='$(prompt_exit_code)\[\e[36m\]\u@\h\[\e[0m\]:\[\e[34m\]\w\[\e[0m\]\$ '
case $TERM in xterm*) PS1="\[\e]0;\w\a\]$PS1" ;; esac

HISTCONTROL=ignoredups
HISTSIZE=1000
shopt -s checkwinsize histappend
alias ls='ls --color=auto'
alias ll='ls -l'
alias grep='grep --color=auto'
