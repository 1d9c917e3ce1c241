// Does with npm vietnam-qr-pay, @walletfactory/emvqr and @payos/node what stdin asks for: a JSON
// array of tasks in, a JSON array of results out.
import { createRequire } from 'node:module';
import { QRPay } from 'vietnam-qr-pay';

const require = createRequire(import.meta.url);
const emvqr = require('@walletfactory/emvqr');
const { PayOS } = require('@payos/node');

const payos = (key) => new PayOS({ clientId: 'x', apiKey: 'x', checksumKey: key });

const tasks = {
  readVietQr({ payload }) {
    const read = new QRPay(payload);
    return {
      isValid: read.isValid,
      provider: read.provider?.name,
      service: read.provider?.service,
      bank: read.consumer?.bankBin,
      account: read.consumer?.bankNumber,
      amount: read.amount,
      currency: read.currency,
      nation: read.nation,
      category: read.category,
      merchant: read.merchant?.name,
      city: read.city,
      billNumber: read.additionalData?.billNumber,
      purpose: read.additionalData?.purpose,
      point: read.initMethod,
    };
  },

  readEmv({ payload }) {
    try {
      return emvqr.decode(payload);
    } catch (error) {
      return `refused: ${error.message}`;
    }
  },

  buildVietQr({ options }) {
    return QRPay.initVietQR(options).build();
  },

  async signPayos({ data, key }) {
    return payos(key).crypto.createSignatureFromObj(data, key);
  },

  async verifyPayos({ body, key }) {
    try {
      return { data: await payos(key).webhooks.verify(body) };
    } catch (error) {
      return { refused: error.message };
    }
  },
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const results = [];
for (const task of JSON.parse(text)) results.push(await tasks[task.do](task));
process.stdout.write(JSON.stringify(results));
