/* SPDX-License-Identifier: Apache-2.0
 * System calls without the C library, for the child half of starting a process: they set no errno, take no lock and
 * run no handler. The result is what the kernel gives: -errno on failure. */
#ifndef CLINUX_KERNEL_H
#define CLINUX_KERNEL_H
#include <linux/sched.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static long kernel(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

/* clone3 gives the child a new stack, so it cannot return: it calls the function there and then. */
static long kernel_clone(struct clone_args *arguments, void (*function)(void *), void *argument) {
    long result;
    register void (*entry)(void *) __asm__("r12") = function;
    register void *value __asm__("r13") = argument;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %%r13, %%rdi\n\t"
                     "callq *%%r12\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"((long)SYS_clone3), "D"(arguments), "S"(sizeof *arguments), "r"(entry), "r"(value)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static long kernel(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}

static long kernel_clone(struct clone_args *arguments, void (*function)(void *), void *argument) {
    register long x8 __asm__("x8") = SYS_clone3;
    register long x0 __asm__("x0") = (long)arguments;
    register long x1 __asm__("x1") = sizeof *arguments;
    register void (*entry)(void *) __asm__("x19") = function;
    register void *value __asm__("x20") = argument;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x20\n\t"
                     "blr x19\n\t"
                     "brk 1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(entry), "r"(value)
                     : "memory");
    return x0;
}
#else
#error "starting a process needs clone3 with a stack of its own: add this processor's few instructions above"
#endif

#define KERNEL(number, a, b, c, d, e) \
    kernel(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#endif
