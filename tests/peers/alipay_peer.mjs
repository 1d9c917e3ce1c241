// Does with npm alipay-sdk what stdin asks for: a JSON array of tasks in, a JSON array of results
// out.
import { AlipaySdk } from 'alipay-sdk';

const client = (config) => new AlipaySdk({ keyType: 'PKCS8', camelcase: false, ...config });

const said = async (work) => {
  try {
    return await work();
  } catch (error) {
    return `refused: ${error.code ?? error.message}`;
  }
};

const tasks = {
  // The URL of a page, as a merchant's server makes it.
  pageUrl: ({ config, method, params }) => client(config).pageExecute(method, 'GET', params),

  // The order of an app. It takes a time of signing, so that two makers can be compared.
  orderString: ({ config, method, params }) =>
    client(config).sdkExecute(method, params, { bizContentAutoSnakeCase: false }),

  verifyNotification: ({ config, post }) => said(() => client(config).checkNotifySignV2(post)),

  verifyAnswer: ({ config, body, member }) =>
    said(() => {
      client(config).checkResponseSign(body, member, JSON.parse(body).sign, '');
      return true;
    }),

  certificateNumbers({ config }) {
    const { appCertSn, alipayCertSn, alipayRootCertSn } = client(config).config;
    return { appCertSn, alipayCertSn, alipayRootCertSn };
  },

  // Asks a gateway that answers, and believes only what is signed.
  ask: ({ config, method, content }) =>
    said(() => client(config).exec(method, { bizContent: content }, { validateSign: true })),
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const results = [];
for (const task of JSON.parse(text)) results.push(await tasks[task.do](task));
process.stdout.write(JSON.stringify(results));
