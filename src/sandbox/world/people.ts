import { accountContact, convert, deal, dropRoles, form, imported, inHubspot, lead, leadFields, leadStatus, newsletter, opportunity, optsOutInHubspot, scored, stage } from './acts';
import { machine, type Act, type Profile } from './scene';

/*
 * The sample company's prospects: who they are and what has happened to them, so many days ago, in the one CRM or the other. Between them they show
 * what the rules of Concord are about; each group names the rules. Everybody and every domain is made up.
 */

export interface Person extends Profile {
  /** Oldest first: days ago, and what happened. */
  story: [daysAgo: number, what: Act][];
}

/** Marketing calls it an MQL; sales has a lead for it. */
function handedOver(daysAgo: number, by: 'sofia' | 'javier' | 'bruno' | 'emily', points = 68): [number, Act][] {
  return [
    [daysAgo + 9, form('Guide download')],
    [daysAgo + 3, form('Webinar registration')],
    [daysAgo + 1, scored(points)],
    [daysAgo + 1, stage('marketingqualifiedlead')],
    [daysAgo, lead(by)],
  ];
}

/** Only in HubSpot, before sales' time. Subscribers are outside the scope (L10). */
const marketingOnly: Person[] = [
  { first: 'Camila', last: 'Duarte', email: 'camila.duarte@floraviva.example', company: 'Flora Viva', country: 'Brasil', language: 'pt-br', story: [[120, newsletter]] },
  { first: 'Owen', last: 'Mitchell', email: 'owen@mitchellroasters.example', company: 'Mitchell Roasters', country: 'United States', language: 'en', story: [[88, newsletter]] },
  { first: 'Pilar', last: 'Gómez', email: 'pilar.gomez@editorialnorte.example', company: 'Editorial Norte', country: 'España', language: 'es', story: [[61, newsletter]] },
  { first: 'Andrés', last: 'Villalobos', email: 'andres.villalobos@ceramicasdelbajio.example', company: 'Cerámicas del Bajío', country: 'México', title: 'Gerente de Compras', language: 'es', story: [[140, form('Guide download')], [139, scored(22)]] },
  { first: 'Juliana', last: 'Prado', email: 'juliana.prado@tecidosprado.example', company: 'Tecidos Prado', country: 'Brasil', title: 'Analista de Logística', language: 'pt-br', story: [[75, form('Webinar registration')], [74, scored(31)]] },
  { first: 'Hannah', last: 'Brooks', email: 'hannah.brooks@harborfreightco.example', company: 'Harbor Freight Co', country: 'United States', title: 'Operations Analyst', language: 'en', story: [[43, imported()], [42, scored(12)]] },
  { first: 'Tomás', last: 'Echeverría', email: 'tomas@vinosechever.example', company: 'Viñedos Echeverría', country: 'Chile', title: 'Dueño', language: 'es', story: [[30, form('Price list')], [30, scored(41)]] },
  { first: 'Mariana', last: 'Torres', email: 'mariana.torres@logisticaandina.example', company: 'Logística Andina', country: 'México', title: 'Directora de Operaciones', phone: '+52 55 4100 2311', language: 'es', story: [[52, form('Guide download')], [20, form('Webinar registration')], [20, scored(48)]] },
  { first: 'Rafaela', last: 'Nunes', email: 'rafaela.nunes@correiolivre.example', country: 'Brasil', title: 'Gerente de Operações', language: 'pt-br', story: [[35, form('Guide download')], [35, scored(33)]] },
];

/** Marketing's MQLs without a lead in Salesforce: handed over at adoption; whoever lacks something is held (L6). */
const waiting: Person[] = [
  { first: 'Gabriela', last: 'Montoya', email: 'gabriela.montoya@cafesdelvalle.example', company: 'Cafés del Valle', country: 'Colombia', title: 'Jefa de Abastecimiento', phone: '+57 601 555 0134', language: 'es', story: [[26, form('Price list')], [19, scored(71)], [19, stage('marketingqualifiedlead')]] },
  { first: 'Felipe', last: 'Azevedo', email: 'felipe.azevedo@azevedoalimentos.example', company: 'Azevedo Alimentos', country: 'Brasil', title: 'Diretor de Suprimentos', phone: '+55 11 5550 1187', language: 'pt-br', story: [[33, form('Demo request')], [15, scored(83)], [15, stage('marketingqualifiedlead', 'rafael')]] },
  { first: 'Ignacio', last: 'Bravo', email: 'ignacio.bravo@correo.example', country: 'Chile', title: 'Consultor', language: 'es', story: [[24, form('Demo request')], [23, scored(78)]] },
  { first: 'Chloe', last: 'Bennett', email: 'chloe.bennett@bennettsupply.example', company: 'Bennett Supply', title: 'VP Procurement', language: 'en', story: [[18, form('Price list')], [12, scored(66)], [12, stage('marketingqualifiedlead')]] },
];

/** In both CRMs, and both say the same. */
const agreed: Person[] = [
  { first: 'Rodrigo', last: 'Peña', email: 'rodrigo.pena@acerosdelnorte.example', company: 'Aceros del Norte', country: 'México', title: 'Gerente de Planta', phone: '+52 81 5550 0172', language: 'es', story: handedOver(11, 'sofia') },
  { first: 'Renata', last: 'Oliveira', email: 'renata.oliveira@moveisrecife.example', company: 'Móveis Recife', country: 'Brasil', title: 'Diretora Financeira', phone: '+55 81 5550 0199', language: 'pt-br', story: handedOver(8, 'bruno', 74) },
  { first: 'Diego', last: 'Fuentes', email: 'diego.fuentes@autopartesfuentes.example', company: 'Autopartes Fuentes', country: 'México', title: 'Director General', phone: '+52 33 5550 0145', language: 'es', story: [...handedOver(14, 'sofia', 88), [10, leadFields('sofia', { Status: 'Working - Contacted' })], [10, leadStatus('IN_PROGRESS', 'sofia')]] },
  { first: 'Valentina', last: 'Rossi', email: 'valentina.rossi@laboratoriosrossi.example', company: 'Laboratorios Rossi', country: 'Argentina', title: 'Jefa de Compras', phone: '+54 11 5550 0123', language: 'es', story: handedOver(9, 'javier') },
  { first: 'Thiago', last: 'Almeida', email: 'thiago.almeida@agroalmeida.example', company: 'Agro Almeida', country: 'Brasil', title: 'Gerente Comercial', phone: '+55 62 5550 0166', language: 'pt-br', story: handedOver(6, 'bruno') },
  { first: 'Lauren', last: 'Hayes', email: 'lauren.hayes@summitoutdoor.example', company: 'Summit Outdoor', country: 'United States', title: 'Director of Supply Chain', phone: '+1 303 555 0142', language: 'en', story: [...handedOver(21, 'emily', 77), [18, leadFields('emily', { Status: 'Working - Contacted' })], [18, leadStatus('IN_PROGRESS', 'emily')]] },
  { first: 'Paula', last: 'Méndez', email: 'paula.mendez@papeleriamendez.example', company: 'Papelería Méndez', country: 'Argentina', title: 'Socia', phone: '+54 351 555 0110', language: 'es', story: [...handedOver(64, 'javier'), [50, convert('javier', null)], [50, stage('salesqualifiedlead', 'javier')]] },
  { first: 'Ricardo', last: 'Salinas', email: 'ricardo.salinas@transportessalinas.example', company: 'Transportes Salinas', country: 'México', title: 'Director de Flotas', phone: '+52 55 5550 0181', language: 'es', story: [...handedOver(95, 'sofia', 91), [80, convert('sofia', { name: 'Transportes Salinas: 40 unidades', amount: 52_000 })], [80, stage('opportunity', 'sofia')], [80, leadStatus('OPEN_DEAL', 'sofia')], [30, deal('sofia', 'Proposal/Price Quote')]] },
  { first: 'Ana Beatriz', last: 'Lima', email: 'ana.lima@redelima.example', company: 'Rede Lima', country: 'Brasil', title: 'Diretora de Operações', phone: '+55 21 5550 0104', language: 'pt-br', story: [...handedOver(240, 'bruno', 80), [220, convert('bruno', { name: 'Rede Lima: rollout', amount: 74_500 })], [220, stage('opportunity', 'bruno')], [160, deal('bruno', 'Closed Won')], [160, stage('customer', 'bruno')]] },
  { first: 'Fernando', last: 'Ruiz', email: 'fernando.ruiz@conservasruiz.example', company: 'Conservas Ruiz', country: 'España', title: 'Responsable de Almacén', phone: '+34 91 555 0177', language: 'es', story: [...handedOver(200, 'javier'), [185, convert('javier', { name: 'Conservas Ruiz: piloto', amount: 9_800 })], [185, stage('opportunity', 'javier')], [130, deal('javier', 'Closed Lost')], [129, stage('lead', 'javier')], [129, leadStatus('BAD_TIMING', 'javier')]] },
];

/** In both CRMs, and they do not say the same: two dashboards, two truths. */
const disagreeing: Person[] = [
  { first: 'Jorge', last: 'Castañeda', email: 'jorge.castaneda@plasticoscas.example', company: 'Plásticos Castañeda', country: 'México', title: 'Gerente de Compras', language: 'es', story: [...handedOver(27, 'sofia'), [20, leadFields('sofia', { Status: 'Working - Contacted' })]] },
  { first: 'Isabela', last: 'Martins', email: 'isabela.martins@cosmeticosipe.example', company: 'Cosméticos Ipê', country: 'Brasil', title: 'Coordenadora de Compras', language: 'pt-br', story: [[70, form('Guide download')], [66, lead('bruno')]] },
  { first: 'Natalia', last: 'Cárdenas', email: 'natalia.cardenas@clinicacardenas.example', company: 'Clínica Cárdenas', country: 'Colombia', title: 'Gerente Administrativa', language: 'es', story: [...handedOver(110, 'javier'), [96, convert('javier', { name: 'Clínica Cárdenas', amount: 18_300 })], [90, stage('customer', 'rafael')]] },
  { first: 'Brian', last: 'Sullivan', email: 'brian.sullivan@keystonetools.example', company: 'Keystone Tools', country: 'United States', title: 'Purchasing Manager', language: 'en', story: [[300, form('Demo request')], [298, lead('emily')], [280, convert('emily', { name: 'Keystone Tools: annual', amount: 31_000 })], [215, deal('emily', 'Closed Won')]] },
  { first: 'Eduardo', last: 'Farias', email: 'eduardo.farias@fariasmaquinas.example', company: 'Farias Máquinas', country: 'Brasil', title: 'Engenheiro', language: 'pt-br', story: [...handedOver(150, 'bruno'), [140, convert('bruno', { name: 'Farias Máquinas', amount: 22_000 })], [140, stage('opportunity', 'rafael')], [85, deal('bruno', 'Closed Lost')]] },
  { first: 'Cristina', last: 'Vega', email: 'cristina.vega@hotelesvega.example', company: 'Hoteles Vega', country: 'España', title: 'Directora de Compras', language: 'es', story: [...handedOver(40, 'javier'), [29, leadFields('javier', { Status: 'Closed - Not Converted' })]] },
  { first: 'Mateus', last: 'Rocha', email: 'mateus.rocha@rochaeletro.example', company: 'Rocha Eletro', country: 'Brasil', title: 'Comprador', language: 'pt-br', story: [...handedOver(36, 'bruno'), [25, leadStatus('UNQUALIFIED', 'bruno')]] },
  { first: 'Lucas', last: 'Ferreira', email: 'lucas.ferreira@portoferro.example', company: 'Porto Ferro', country: 'Brasil', title: 'Sócio', language: 'pt-br', story: [[180, newsletter], [101, lead('bruno')], [92, convert('bruno', null)]] },
  { first: 'Héctor', last: 'Navarro', email: 'hector.navarro@navarrohnos.example', company: 'Navarro Hermanos', country: 'Mexico', title: 'Gerente', phone: '+52 222 555 0131', language: 'es', story: [...handedOver(55, 'sofia'), [47, leadFields('sofia', { Country: 'México', Phone: '+52 222 555 0199', Title: 'Director Comercial' })]] },
];

/** Only in Salesforce: marketing has never seen them. */
const salesOnly: Person[] = [
  { first: 'Beatriz', last: 'Nogueira', email: 'beatriz.nogueira@nogueiralog.example', company: 'Nogueira Logística', country: 'Brasil', title: 'Diretora', phone: '+55 51 5550 0128', story: [[17, lead('bruno', { fields: { LeadSource: 'Partner Referral' } })]] },
  { first: 'Carlos', last: 'Ibáñez', email: 'carlos.ibanez@ibanezimport.example', company: 'Ibáñez Import', country: 'España', title: 'Administrador', story: [[39, lead('javier')], [33, leadFields('javier', { Status: 'Working - Contacted' })]] },
  { first: 'Megan', last: 'Foster', email: 'megan.foster@fostergrain.example', company: 'Foster Grain', country: 'United States', title: 'Logistics Lead', story: [[5, lead('patricia', { owner: 'inbound' })]] },
  { first: 'Leandro', last: 'Pires', email: 'leandro.pires@pirestextil.example', company: 'Pires Têxtil', country: 'Brasil', title: 'Gerente', story: [[7, lead('patricia', { owner: 'brazil' })]] },
  { first: 'Kevin', last: 'Doyle', email: 'kevin.doyle@doylemarine.example', company: 'Doyle Marine', country: 'United States', title: 'Owner', story: [[82, lead('emily')], [71, leadFields('emily', { Status: 'Closed - Not Converted' })]] },
  { first: 'Marta', last: 'Solís', email: 'marta.solis@redelima.example', country: 'Brasil', title: 'Controller', story: [[150, accountContact('bruno', 'Rede Lima')]] },
];

/** Opportunities without a contact role (I7). */
const withoutRole: Person[] = [
  { first: 'Alejandra', last: 'Ponce', email: 'alejandra.ponce@pesqueraponce.example', company: 'Pesquera Ponce', country: 'Perú', title: 'Gerente General', language: 'es', story: [...handedOver(78, 'javier'), [60, convert('javier', { name: 'Pesquera Ponce: flota', amount: 27_400 })], [59, dropRoles('javier')], [59, stage('opportunity', 'javier')]] },
  { first: 'Gerardo', last: 'Luna', email: 'gerardo.luna@lunaempaques.example', company: 'Luna Empaques', country: 'México', title: 'Jefe de Compras', language: 'es', story: [[170, imported()], [165, accountContact('sofia', 'Luna Empaques')], [48, opportunity('sofia', { name: 'Luna Empaques: ampliación', amount: 14_200 }, null)]] },
];

/** Several records for one person, other spellings, merged contacts (I1, I3, I4). */
const tangled: Person[] = [
  { first: 'Mônica', last: 'Rezende', email: 'monica.rezende@rezendepapeis.example', company: 'Rezende Papéis', country: 'Brasil', title: 'Gerente de Suprimentos', language: 'pt-br', story: [...handedOver(44, 'bruno'), [28, lead('patricia', { owner: 'brazil', fields: { LeadSource: 'Phone Inquiry' } })]] },
  { first: 'Daniel', last: 'Park', email: 'daniel.park@parkinstruments.example', company: 'Park Instruments', country: 'United States', title: 'COO', language: 'en', story: [[130, form('Demo request')], [128, lead('emily')], [118, convert('emily', { name: 'Park Instruments', amount: 40_000 })], [118, stage('opportunity', 'emily')], [13, lead('patricia', { owner: 'inbound' })]] },
  { first: 'Joaquín', last: 'Ríos', email: 'joaquin.rios@textilesdelsur.example', company: 'Textiles del Sur', country: 'Argentina', title: 'Encargado', language: 'es', story: [[57, form('Price list')], [49, lead('javier', { fields: { Email: 'JOAQUIN.RIOS@TEXTILESDELSUR.EXAMPLE' } })]] },
  { first: 'Verónica', last: 'Ledesma', email: 'vero.ledesma@correo.example', company: 'Ledesma Muebles', country: 'Uruguay', title: 'Dueña', language: 'es', story: [[63, form('Guide download', { hs_additional_emails: 'veronica@ledesmamuebles.example' })], [58, lead('javier', { fields: { Email: 'veronica@ledesmamuebles.example' } })]] },
  { first: 'Guilherme', last: 'Barros', email: 'guilherme.barros@barrosquimica.example', company: 'Barros Química', country: 'Brasil', title: 'Gerente Industrial', language: 'pt-br', story: [[105, form('Guide download')], [90, mergesWith('g.barros@barrosquimica.example')], [46, lead('bruno')]] },
];

/** What a person must look at: two people under one address (I8), nobody's address at all (I6). */
const doubtful: Person[] = [
  { first: 'Rosa', last: 'López', email: 'compras@ferreterialopez.example', company: 'Ferretería López', country: 'México', title: 'Compras', language: 'es', story: [[72, form('Price list')], [72, scored(25)], [37, lead('sofia', { fields: { FirstName: 'Ernesto', LastName: 'Quintana', Title: 'Gerente' } })]] },
  { first: 'Señor', last: 'Quispe', company: 'Molinos Quispe', country: 'Perú', phone: '+51 1 555 0188', story: [[68, lead('javier', { fields: { LeadSource: 'Purchased List' } })]] },
  { first: 'Stand', last: 'Visitor', phone: '+52 33 5550 0100', story: [[31, imported()]] },
];

/** Consent in one CRM only (F7); people who are nobody's leads (L10); stages that are none of the agreement's (L3). */
const special: Person[] = [
  { first: 'Sabrina', last: 'Costa', email: 'sabrina.costa@costasul.example', company: 'Costa Sul', country: 'Brasil', title: 'Compradora', language: 'pt-br', story: [...handedOver(58, 'bruno'), [22, optsOutInHubspot]] },
  { first: 'Peter', last: 'Langley', email: 'peter.langley@langleyfoods.example', company: 'Langley Foods', country: 'United States', title: 'Plant Manager', language: 'en', story: [...handedOver(67, 'emily'), [16, leadFields('emily', { HasOptedOutOfEmail: true, DoNotCall: true })]] },
  { first: 'Marcos', last: 'Teixeira', email: 'marcos@teixeiraevinhos.example', company: 'Teixeira Vinhos', country: 'Brasil', title: 'Fundador', language: 'pt-br', story: [[330, imported()], [210, stage('evangelist', 'rafael')]] },
  { first: 'Nathalie', last: 'Roux', email: 'nathalie@rouxcreative.example', company: 'Roux Creative', country: 'France', title: 'Freelance designer', language: 'en', story: [[260, imported()], [255, stage('other')]] },
  { first: 'Patricia', last: 'Núñez', email: 'patricia.nunez@acme.example', company: 'Acme', country: 'México', title: 'Head of Sales', language: 'es', story: [[190, form('Demo request')], [190, scored(95)], [189, inHubspot(machine.workflow('Score over 60'), { lifecyclestage: 'marketingqualifiedlead' })]] },
];

/** A second contact of the same person, found and merged by marketing: both old ids go on leading to the one that remains. */
function mergesWith(otherEmail: string): Act {
  return (scene, who) => {
    const { first, last, company } = who.profile;
    const other = scene.hubspot(machine.import).create('contacts', { firstname: first, lastname: last, email: otherEmail, lifecyclestage: 'lead', ...(company === undefined ? {} : { company }) });
    if (who.hubspotId !== null) who.hubspotId = scene.hubspot('lucia').merge('contacts', who.hubspotId, other.id).id;
  };
}

export const people: Person[] = [...marketingOnly, ...waiting, ...agreed, ...disagreeing, ...salesOnly, ...withoutRole, ...tangled, ...doubtful, ...special];
