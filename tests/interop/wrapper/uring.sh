#!/bin/sh
# io_uring is not there for a covered program unless it is allowed: through libc, through liburing's names, and past both
# where the process is filtered.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
needs setpriv

url=socks5://127.0.0.1:1080

# Every way to ask, told by the errno: EFAULT where io_uring is there, ENOSYS where it is not.
compile "$work/ask" -D_GNU_SOURCE -ldl <<'END'
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static long past_libc(long number, long a, long b)
{
#if defined(__x86_64__)
	long answer;
	__asm__ volatile("syscall" : "=a"(answer) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return answer;
#else
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
#endif
}
int main(int count, char **arguments)
{
	int (*queue_init)(unsigned, void *, unsigned) = dlsym(RTLD_DEFAULT, "io_uring_queue_init");
	long answer = syscall(SYS_io_uring_setup, 0, 0) < 0 ? errno : 0;
	printf("%s", strerrorname_np((int)answer));
	printf(" %s", queue_init ? strerrorname_np(-queue_init(0, 0, 0)) : "none");
	printf(" %s\n", strerrorname_np((int)-past_libc(SYS_io_uring_setup, 0, 0)));
	return count == 2 ? execl(arguments[0], arguments[0], NULL) : 0;
}
END

run 0 "$work/ask"
[ "$out" = "EFAULT none EFAULT" ] || skip "no io_uring here: $out"
seccomp=$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)

run 0 "$socksify" -p $url "$work/ask"
case $seccomp in
0) same "a process that nobody filters" "$out" "ENOSYS ENOSYS EFAULT" ;;
esac
run 0 setpriv --no-new-privs "$socksify" -p $url "$work/ask"
same "a process that may be filtered" "$out" "ENOSYS ENOSYS ENOSYS"
run 0 setpriv --no-new-privs "$socksify" -p $url --allow-uring "$work/ask"
case $out in
"EFAULT "*" EFAULT") ;;
*) fail "--allow-uring: $out" ;;
esac

# One filter is enough for all generations.
run 0 setpriv --no-new-privs "$socksify" -p $url sh -c "sh -c 'grep Seccomp_filters /proc/self/status'"
own=$(sed -n 's/^Seccomp_filters:[^0-9]*//p' /proc/self/status)
same "filters" "$(echo "$out" | tr -dc 0-9)" "$((own + 1))"
finish
