"""Asks an echo peer who it hears. Arguments: HOST PORT."""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
    asker.sendto(b"!who", (sys.argv[1], int(sys.argv[2])))
    print(asker.recvfrom(100)[0].decode())
