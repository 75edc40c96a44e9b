"""Asks an echo peer who it hears, by asyncio. Arguments: HOST PORT."""
import asyncio
import sys


class Asker(asyncio.DatagramProtocol):
    def __init__(self):
        self.answer = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        transport.sendto(b"!who")

    def datagram_received(self, data, addr):
        self.answer.set_result(data.decode())


async def main(host, port):
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(Asker, remote_addr=(host, port))
    print(await asker.answer)
    transport.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
