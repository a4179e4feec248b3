// Teach nlp.js the lines on standard input and print what it says of the texts: [[label, score], …].
import { readFileSync } from 'node:fs';
import basic from '@nlpjs/basic';

const { lines, texts } = JSON.parse(readFileSync(0, 'utf8'));
const dock = await basic.dockStart({ settings: { nlp: { forceNER: false, languages: ['en'], autoSave: false } }, use: ['Basic', 'LangEn'] });
const nlp = dock.get('nlp');
nlp.settings.log = false;
nlp.addLanguage('en');
for (const [text, label] of lines) nlp.addDocument('en', text, label);
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true; // its progress lines
await nlp.train();
const found = [];
for (const text of texts) {
  const { intent, score } = await nlp.process('en', text);
  found.push([intent, score]);
}
process.stdout.write = write;
console.log(JSON.stringify(found));
