#!/bin/sh
# Runs the program given as arguments and starts it again when it crashed: it ended by a signal that nobody sent to stop it,
# such as SIGKILL (a fault that nobody caught, no memory), SIGSEGV or SIGABRT. Not after a clean end, a refused start
# (bad settings, a port in use) or a signal to stop. Pauses grow from 1 to 30 s and start over once it ran for a minute.
# A shell, because it waits in about a megabyte.
child=
stopping=
heard=0
# Ctrl-C goes to the whole group of a terminal, so the program may have it already; it takes two at once for one.
trap 'stopping=1; heard=$((heard + 1)); [ -n "$child" ] && kill -INT "$child" 2>/dev/null' INT
trap 'stopping=1; heard=$((heard + 1)); [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM
trap 'stopping=1; heard=$((heard + 1)); [ -n "$child" ] && kill -HUP "$child" 2>/dev/null' HUP

pause=1
while :; do
  began=$(date +%s)
  "$@" &
  child=$!
  # A trapped signal ends `wait` early, with a code of its own: what counts is how the program ended. The shell may have
  # reaped it by then and keeps its code until it is waited for; 127 says that the wait before had it.
  code=0
  while :; do
    before=$heard
    wait "$child"
    last=$?
    [ "$last" -ne 127 ] && code=$last
    [ "$heard" -eq "$before" ] && break
  done
  child=
  # Asked to stop, and ended by that very signal, or before its code could be had: an end as wished.
  if [ -n "$stopping" ]; then case $code in 129 | 130 | 143) code=0 ;; esac; fi
  # 130 and 143: SIGINT and SIGTERM.
  if [ -n "$stopping" ] || [ "$code" -le 128 ] || [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; then exit "$code"; fi
  if [ $(($(date +%s) - began)) -ge 60 ]; then pause=1; fi
  echo "hanok: the server crashed (signal $((code - 128))); starting it again in $pause s" >&2
  sleep "$pause" &
  child=$!
  wait "$child"
  child=
  [ -n "$stopping" ] && exit "$code"
  pause=$((pause * 2))
  [ "$pause" -gt 30 ] && pause=30
done
