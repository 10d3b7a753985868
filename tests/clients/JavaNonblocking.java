// tests/clients/JavaNonblocking.java - an echo client in Java (16 or newer), with a Selector.
// Build: javac JavaNonblocking.java        Run: java JavaNonblocking PATH echo|half-close|many
// Pitfall: connect() of a Unix domain socket is never under way: it returns true, or throws at
// once. With a full backlog the exception says "Resource temporarily unavailable" (EAGAIN).
import java.io.ByteArrayOutputStream;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;

public class JavaNonblocking {
    record Talk(ByteBuffer data, ByteArrayOutputStream reply) {}

    public static void main(String[] arguments) throws Exception {
        var path = UnixDomainSocketAddress.of(arguments[0]);
        var data = System.in.readAllBytes();
        var halfClose = arguments[1].equals("half-close");
        var many = arguments[1].equals("many");
        var messages = new ArrayList<byte[]>();
        if (many) for (var line : new String(data).split("(?<=\n)")) messages.add(line.getBytes());
        else messages.add(data);

        var selector = Selector.open();
        var talks = new ArrayList<Talk>();
        for (var message : messages) {
            var talk = new Talk(ByteBuffer.wrap(message), new ByteArrayOutputStream());
            var client = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
            client.configureBlocking(false);
            client.connect(path);
            client.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, talk);
            talks.add(talk);
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
