# SPDX-License-Identifier: Apache-2.0
"""Asks an address so many times a second, each time over a connection of its own: load.py HOST PORT RATE SECONDS

Prints a line of JSON: how many were asked, the slowest in milliseconds, and every failure. Nothing is tried twice.
"""
import json
import socket
import sys
import threading
import time

host, port, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
workers = 8
lock, asked, slowest, failures = threading.Lock(), 0, 0.0, []


def ask():
    with socket.create_connection((host, port), timeout=5) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    if not answer.startswith(b"HTTP/1.1 200"):
        raise OSError(f"answered {answer[:60]!r}")


def work(number):
    global asked, slowest
    start = time.perf_counter() + number / rate
    for count in range(int(rate * seconds / workers)):
        wait = start + count * workers / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        began, failure = time.perf_counter(), None
        try:
            ask()
        except OSError as error:
            failure = f"{time.strftime('%H:%M:%S')} {error}"
        took = (time.perf_counter() - began) * 1e3
        with lock:
            asked += 1
            slowest = max(slowest, took)
            if failure:
                failures.append(failure)


threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
began = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({
    "address": f"{host}:{port}", "asked": asked, "perSecond": round(asked / (time.perf_counter() - began)),
    "slowestMilliseconds": round(slowest, 1), "failed": len(failures), "failures": failures[:5]}))
sys.exit(1 if failures else 0)
