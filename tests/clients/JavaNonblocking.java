// tests/clients/JavaNonblocking.java - an echo client in Java (16 or newer), with a Selector.
// Build: javac JavaNonblocking.java        Run: java JavaNonblocking PATH echo|half-close|many
// Pitfall: connect() of a Unix domain socket is never under way: it returns true, or throws at
// once. With a full backlog the exception says "Resource temporarily unavailable" (EAGAIN).
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.ArrayList;

public class JavaNonblocking {
    record Talk(ByteBuffer data, ByteArrayOutputStream reply) {}

    public static void main(String[] arguments) throws Exception {
        var path = UnixDomainSocketAddress.of(arguments[0]);
        var halfClose = arguments[1].equals("half-close");
        var data = new String(System.in.readAllBytes(), ISO_8859_1); // a byte, a character
        var messages = arguments[1].equals("many") ? data.split("(?<=\n)") : new String[] {data};
        var selector = Selector.open();
        var talks = new ArrayList<Talk>();
        for (var message : messages) {
            var bytes = ByteBuffer.wrap(message.getBytes(ISO_8859_1));
            var talk = new Talk(bytes, new ByteArrayOutputStream());
            talks.add(talk);
            var client = SocketChannel.open(StandardProtocolFamily.UNIX);
            client.configureBlocking(false);
            client.connect(path);
            client.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, talk);
        }
        var part = ByteBuffer.allocate(65536);
        for (int open = talks.size(); open > 0; ) {
            if (selector.select(10000) == 0) throw new SocketTimeoutException();
            for (var key : selector.selectedKeys()) {
                var client = (SocketChannel) key.channel();
                var talk = (Talk) key.attachment();
                if (key.isWritable()) {
                    client.write(talk.data);
                    if (!talk.data.hasRemaining()) key.interestOps(SelectionKey.OP_READ);
                    if (!talk.data.hasRemaining() && halfClose) client.shutdownOutput();
                }
                if (!key.isReadable()) continue;
                int size = client.read(part.clear());
                talk.reply.write(part.array(), 0, Math.max(size, 0));
                if (size == -1 || !halfClose && talk.reply.size() == talk.data.capacity()) {
                    client.close();
                    open--;
                }
            }
            selector.selectedKeys().clear();
        }
        for (var talk : talks) talk.reply.writeTo(System.out);
        System.out.flush();
    }
}
