package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.JWKGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWEDecryptionKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ID tokens and userinfo, signed and encrypted in every way that the server offers. */
class EncryptionTest extends OnSystem {
    private static JWK key(JWEAlgorithm algorithm) throws Exception {
        JWKGenerator<? extends JWK> generator =
            algorithm.equals(JWEAlgorithm.RSA_OAEP_256) ? new RSAKeyGenerator(2048) : new ECKeyGenerator(Curve.P_256);
        return generator.keyID("decrypt").keyUse(KeyUse.ENCRYPTION).algorithm(algorithm).generate();
    }

    @ParameterizedTest
    @CsvSource({
        "RSA-OAEP-256,A128CBC-HS256", "RSA-OAEP-256,A128GCM", "RSA-OAEP-256,A256GCM",
        "ECDH-ES,A128CBC-HS256", "ECDH-ES,A128GCM", "ECDH-ES,A256GCM",
        "ECDH-ES+A128KW,A128CBC-HS256", "ECDH-ES+A128KW,A128GCM", "ECDH-ES+A128KW,A256GCM",
        "ECDH-ES+A256KW,A128CBC-HS256", "ECDH-ES+A256KW,A128GCM", "ECDH-ES+A256KW,A256GCM",
    })
    void idTokenAndUserinfoAreDecryptedAndVerified(String alg, String enc) throws Exception {
        JWEAlgorithm algorithm = JWEAlgorithm.parse(alg);
        EncryptionMethod method = EncryptionMethod.parse(enc);
        JWKSet keys = new JWKSet(key(algorithm));
        RelyingParty client =
            RelyingParty.register(system, ClientAuthenticationMethod.CLIENT_SECRET_BASIC, keys, wanted -> {
                wanted.setIDTokenJWEAlg(algorithm);
                wanted.setIDTokenJWEEnc(method);
                wanted.setUserInfoJWSAlg(JWSAlgorithm.ES256);
                wanted.setUserInfoJWEAlg(algorithm);
                wanted.setUserInfoJWEEnc(method);
            });
        var signedIn = client.logIn(new Browser(), request -> {});
        assertEquals(algorithm, signedIn.tokens().getIDToken().getHeader().getAlgorithm());

        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSVerifierFactory(new DefaultJWSVerifierFactory());
        processor.setJWEKeySelector(new JWEDecryptionKeySelector<>(algorithm, method, new ImmutableJWKSet<>(keys)));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
            JWSAlgorithm.ES256, JWKSourceBuilder.create(client.server.getJWKSetURI().toURL()).build()));
        var person = processor.process(client.userinfo(signedIn.tokens()).getUserInfoJWT(), null);
        assertEquals(signedIn.claims().getSubject().getValue(), person.getSubject());
        assertEquals("alice@example.com", person.getStringClaim("email"));
        assertEquals(client.client.getID().getValue(), person.getAudience().get(0));
    }
}
