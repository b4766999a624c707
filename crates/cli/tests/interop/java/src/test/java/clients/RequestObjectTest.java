package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.OIDCClaimsRequest;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSetRequest;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Authentication requests that the SDK signs (OpenID Connect Core section 6, RFC 9101): by value and by reference. */
class RequestObjectTest extends OnSystem {
    private static RelyingParty client(ECKey key, Set<URI> addresses) throws Exception {
        return RelyingParty.register(system, ClientAuthenticationMethod.PRIVATE_KEY_JWT, new JWKSet(key), wanted -> {
            wanted.setRequestObjectJWSAlg(JWSAlgorithm.ES256);
            wanted.setRequestObjectURIs(addresses);
        });
    }

    private static ECKey key() throws Exception {
        return new ECKeyGenerator(Curve.P_256).keyID("sign").keyUse(KeyUse.SIGNATURE).algorithm(JWSAlgorithm.ES256)
            .generate();
    }

    /** The request as an object that names who sends it to whom, and until when it is good. */
    private static SignedJWT sign(RelyingParty client, AuthenticationRequest request, ECKey key) throws Exception {
        JWTClaimsSet claims = new JWTClaimsSet.Builder(request.toJWTClaimsSet())
            .issuer(client.client.getID().getValue()).audience(client.server.getIssuer().getValue())
            .expirationTime(Date.from(Instant.now().plusSeconds(60))).build();
        var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build();
        SignedJWT object = new SignedJWT(header, claims);
        object.sign(new ECDSASigner(key));
        return object;
    }

    /** What stands in the place of the request that an object holds. */
    private static AuthenticationRequest.Builder instead(RelyingParty client, SignedJWT object) {
        return new AuthenticationRequest.Builder(object, client.client.getID())
            .endpointURI(client.server.getAuthorizationEndpointURI());
    }

    @Test
    void aSignedRequestIsReadWithAllThatIsInIt() throws Exception {
        ECKey key = key();
        RelyingParty client = client(key, Set.of());
        var claims = new OIDCClaimsRequest().withIDTokenClaimsRequest(new ClaimsSetRequest().add("email"));
        var begun = client.new Begun(request -> request.maxAge(600).claims(claims));
        AuthenticationRequest sent = instead(client, sign(client, begun.request, key)).build();
        assertEquals(Set.of("client_id", "request"), sent.toParameters().keySet());
        AuthenticationResponse answer = begun.answer(sent, new Browser());
        assertTrue(answer.indicatesSuccess(), () -> answer.toErrorResponse().getErrorObject().toString());
        var reply = begun.redeem(answer.toSuccessResponse().getAuthorizationCode());
        assertEquals("alice@example.com", client.verified(reply, begun.nonce).claims().getStringClaim("email"));
    }

    @Test
    void aSignedRequestIsFetchedFromWhereTheClientRegisteredIt() throws Exception {
        var object = new AtomicReference<String>("");
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            byte[] body = object.get().getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("content-type", "application/oauth-authz-req+jwt");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        site.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + site.getAddress().getPort() + "/request.jwt");
            ECKey key = key();
            RelyingParty client = client(key, Set.of(address));
            var begun = client.new Begun(request -> {});
            object.set(sign(client, begun.request, key).serialize());
            var sent = new AuthenticationRequest.Builder(address, client.client.getID())
                .endpointURI(client.server.getAuthorizationEndpointURI()).build();
            AuthenticationResponse answer = begun.answer(sent, new Browser());
            assertTrue(answer.indicatesSuccess(), () -> answer.toErrorResponse().getErrorObject().toString());
            var reply = begun.redeem(answer.toSuccessResponse().getAuthorizationCode());
            assertEquals(begun.nonce, client.verified(reply, begun.nonce).claims().getNonce());
        } finally {
            site.stop(0);
        }
    }

    @Test
    void anObjectThatAnotherKeySignedIsRefused() throws Exception {
        RelyingParty client = client(key(), Set.of());
        var begun = client.new Begun(request -> {});
        // Where to report it can only be told outside of an object that nobody may believe.
        AuthenticationRequest sent = instead(client, sign(client, begun.request, key()))
            .redirectionURI(RelyingParty.REDIRECT_URI).state(begun.state).build();
        AuthenticationResponse answer = begun.answer(sent, new Browser());
        assertFalse(answer.indicatesSuccess());
        assertEquals(OAuth2Error.INVALID_REQUEST_OBJECT, answer.toErrorResponse().getErrorObject());
    }
}
