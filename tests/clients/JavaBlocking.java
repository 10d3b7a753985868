// tests/clients/JavaBlocking.java - an echo client in Java (16 or newer), with blocking channels.
// Build: javac JavaBlocking.java        Run: java JavaBlocking PATH echo|half-close|many
// Pitfalls: such a channel has no timeouts, and its socket() is not supported: wait for a Future.
// Up to Java 18, two streams made from one channel lock each other out: a read that blocks also
// blocks the write. So use a stream for one direction, and the channel itself for the other.
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class JavaBlocking {
    static SocketChannel connect(String path) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    static void talk(SocketChannel client, byte[] data, boolean halfClose) throws Exception {
        var threads = Executors.newFixedThreadPool(2);
        var sent = threads.submit(() -> {
            client.write(ByteBuffer.wrap(data)); // writes all of it, because the channel blocks
            return halfClose ? client.shutdownOutput() : client;
        });
        var replies = Channels.newInputStream(client);
        var size = halfClose ? Integer.MAX_VALUE : data.length;
        var reply = threads.submit(() -> replies.readNBytes(size));
        System.out.write(reply.get(10, TimeUnit.SECONDS));
        sent.get(10, TimeUnit.SECONDS);
        threads.shutdown();
        client.close();
    }

    public static void main(String[] arguments) throws Exception {
        var path = arguments[0];
        var data = System.in.readAllBytes();
        if (!arguments[1].equals("many")) {
            talk(connect(path), data, arguments[1].equals("half-close"));
            return;
        }
        var lines = new String(data).split("(?<=\n)");
        var clients = new SocketChannel[lines.length];
        for (int i = 0; i < lines.length; i++) clients[i] = connect(path);
        for (int i = 0; i < lines.length; i++) talk(clients[i], lines[i].getBytes(), false);
    }
}
