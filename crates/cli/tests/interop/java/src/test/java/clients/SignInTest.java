package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.token.Token;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCClaimsRequest;
import com.nimbusds.openid.connect.sdk.OIDCError;
import com.nimbusds.openid.connect.sdk.Prompt;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSetRequest;
import com.nimbusds.openid.connect.sdk.claims.LogoutTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.validators.LogoutTokenValidator;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Nimbus OAuth 2.0 SDK with OpenID Connect extensions: what applications in Java sign in with. */
class SignInTest extends OnSystem {
    private static RelyingParty client(String method) throws Exception {
        var key = new ECKeyGenerator(Curve.P_256).keyID("sign").keyUse(KeyUse.SIGNATURE).algorithm(JWSAlgorithm.ES256);
        JWKSet keys = method.equals("private_key_jwt") ? new JWKSet(key.generate()) : new JWKSet();
        return RelyingParty.register(system, new ClientAuthenticationMethod(method), keys, wanted -> {});
    }

    /** What comes back when nobody may be asked: an error, or success. */
    private static String silently(RelyingParty client, Browser browser) throws Exception {
        var answer = client.new Begun(request -> request.prompt(Prompt.Type.NONE)).answer(browser);
        return answer.indicatesSuccess() ? "success" : answer.toErrorResponse().getErrorObject().getCode();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"})
    void aClientSignsInLearnsWhoItIsRefreshesRevokesAndSignsOut(String method) throws Exception {
        RelyingParty client = client(method);
        Browser browser = new Browser();
        var first = client.logIn(browser, request -> request.resource(URI.create(system.api)));
        var person = client.userinfo(first.tokens()).getUserInfo();
        assertEquals(first.claims().getSubject(), person.getSubject());
        assertEquals("Alice Liddell alice@example.com", person.getName() + " " + person.getEmailAddress());
        assertTrue(person.getEmailVerified());

        // An ID token of a refresh has no nonce (OpenID Connect Core section 12.2).
        var fresh = client.verified(client.token(new RefreshTokenGrant(first.tokens().getRefreshToken())), null);
        assertNotEquals(first.tokens().getAccessToken(), fresh.tokens().getAccessToken());
        assertEquals(first.claims().getSubject(), fresh.claims().getSubject());
        assertEquals(first.claims().getAuthenticationTime(), fresh.claims().getAuthenticationTime());

        revoke(client, fresh.tokens().getRefreshToken());
        var refused = client.token(new RefreshTokenGrant(fresh.tokens().getRefreshToken()));
        assertEquals(OAuth2Error.INVALID_GRANT, refused.toErrorResponse().getErrorObject());
        URI userinfo = client.server.getUserInfoEndpointURI();
        var dead = new UserInfoRequest(userinfo, fresh.tokens().getBearerAccessToken()).toHTTPRequest().send();
        assertEquals(401, dead.getStatusCode());

        State state = new State();
        var end = new LogoutRequest(
            client.server.getEndSessionEndpointURI(), fresh.tokens().getIDToken(), RelyingParty.SIGNED_OUT, state);
        URI back = browser.open(end.toURI(), RelyingParty.SIGNED_OUT);
        assertEquals(RelyingParty.SIGNED_OUT + "?state=" + state, back.toString());
        assertEquals(OIDCError.LOGIN_REQUIRED_CODE, silently(client, browser));
    }

    private static void revoke(RelyingParty client, Token token) throws Exception {
        URI endpoint = client.server.getRevocationEndpointURI();
        ClientAuthentication proof = client.authentication();
        var request = proof == null
            ? new TokenRevocationRequest(endpoint, client.client.getID(), token)
            : new TokenRevocationRequest(endpoint, proof, token);
        assertEquals(200, request.toHTTPRequest().send().getStatusCode());
    }

    /** All but EdDSA, which this validator does not know. */
    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "ES384"})
    void anIdTokenInEachAlgorithmIsVerifiedAndAnotherNonceIsNot(String name) throws Exception {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
        RelyingParty client = RelyingParty.register(
            system, ClientAuthenticationMethod.NONE, new JWKSet(), wanted -> wanted.setIDTokenJWSAlg(algorithm));
        var signedIn = client.logIn(new Browser(), request -> {});
        assertEquals(algorithm, signedIn.tokens().getIDToken().getHeader().getAlgorithm());
        assertThrows(
            BadJOSEException.class, () -> client.validator().validate(signedIn.tokens().getIDToken(), new Nonce()));
    }

    @Test
    void promptNoneSaysWhatIsMissingAndThenSucceeds() throws Exception {
        RelyingParty client = client("client_secret_basic");
        Browser browser = new Browser();
        assertEquals(OIDCError.LOGIN_REQUIRED_CODE, silently(client, browser));
        client("client_secret_post").logIn(browser, request -> {});
        assertEquals(OIDCError.CONSENT_REQUIRED_CODE, silently(client, browser));
        client.logIn(browser, request -> {});
        assertEquals("success", silently(client, browser));
    }

    @Test
    void maxAgeAsksForThePasswordAgainAndTellsWhenThatWas() throws Exception {
        RelyingParty client = client("client_secret_basic");
        Browser browser = new Browser();
        var before = client.logIn(browser, request -> {}).claims().getAuthenticationTime();
        var after = client.logIn(browser, request -> request.maxAge(0)).claims();
        assertFalse(after.getAuthenticationTime().before(before));
        assertFalse(after.getAuthenticationTime().after(after.getIssueTime()));
    }

    @Test
    void aClaimThatTheRequestNamesComesInTheIdToken() throws Exception {
        RelyingParty client = client("client_secret_basic");
        var wanted = new OIDCClaimsRequest().withIDTokenClaimsRequest(
            new ClaimsSetRequest().add(new ClaimsSetRequest.Entry("email")).add("given_name"));
        var claims = client.logIn(new Browser(), request -> request.claims(wanted)).claims();
        assertEquals("alice@example.com", claims.getStringClaim("email"));
        assertNotNull(claims.getStringClaim("given_name"));
    }

    @Test
    void aCodeThatIsUsedAgainIsRefused() throws Exception {
        var begun = client("none").new Begun(request -> {});
        AuthorizationCode code = begun.answer(new Browser()).toSuccessResponse().getAuthorizationCode();
        assertTrue(begun.redeem(code).indicatesSuccess());
        assertEquals(OAuth2Error.INVALID_GRANT, begun.redeem(code).toErrorResponse().getErrorObject());
    }

    @Test
    void theLogoutTokenThatComesByTheBackChannelIsVerified() throws Exception {
        var heard = new CompletableFuture<String>();
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            heard.complete(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        site.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + site.getAddress().getPort() + "/logout");
            RelyingParty client = RelyingParty.register(
                system, ClientAuthenticationMethod.CLIENT_SECRET_BASIC, new JWKSet(),
                wanted -> wanted.setBackChannelLogoutURI(address));
            Browser browser = new Browser();
            var signedIn = client.logIn(browser, request -> {});
            URI endpoint = client.server.getEndSessionEndpointURI();
            var end = new LogoutRequest(endpoint, signedIn.tokens().getIDToken(), RelyingParty.SIGNED_OUT, null);
            browser.open(end.toURI(), RelyingParty.SIGNED_OUT);
            String token = heard.get(20, TimeUnit.SECONDS).replaceFirst("^logout_token=", "");
            LogoutTokenClaimsSet claims = LogoutTokenValidator.create(client.server, client.client, null)
                .validate(JWTParser.parse(URLDecoder.decode(token, StandardCharsets.UTF_8)));
            assertEquals(signedIn.claims().getSubject(), claims.getSubject());
            assertEquals(signedIn.claims().getSessionID(), claims.getSessionID());
        } finally {
            site.stop(0);
        }
    }
}
