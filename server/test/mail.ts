import { type AddressInfo, createServer } from "node:net";

export interface MailServer {
  url: string;
  /** What came, as it came. */
  mails: string[];
  close(): Promise<void>;
}

/** A mail server that takes everything, or answers `refusal` to the recipient. */
export async function openMailServer(refusal?: string): Promise<MailServer> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    let isData = false;
    let data = "";
    socket.on("error", () => socket.destroy());
    socket.write("220 test\r\n");
    socket.on("data", (chunk) => {
      if (isData) {
        data += chunk.toString("utf8");
        if (!data.endsWith("\r\n.\r\n")) return;
        isData = false;
        mails.push(data);
        socket.write("250 taken\r\n");
        return;
      }
      const command = chunk.toString("utf8").toUpperCase();
      if (command.startsWith("RCPT") && refusal) socket.write(`${refusal}\r\n`);
      else if (command.startsWith("DATA")) {
        isData = true;
        socket.write("354 go on\r\n");
      } else if (command.startsWith("QUIT")) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async close() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
